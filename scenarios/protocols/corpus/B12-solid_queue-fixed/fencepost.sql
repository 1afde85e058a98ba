-- name: observe :many
SELECT id AS job,
       CASE WHEN finished_at IS NOT NULL THEN 'succeeded' WHEN process_id IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,
       process_id AS owner, created_at AS token, created_at + interval '5 min' AS lease_until
  FROM solid_queue_jobs
  LEFT JOIN solid_queue_claimed_executions ON job_id = id;

-- name: insert_job :exec
WITH job AS (INSERT INTO solid_queue_jobs (class_name) VALUES ('job ' || :job) RETURNING id)
INSERT INTO solid_queue_ready_executions (job_id) SELECT id FROM job;
