-- name: observe :many
SELECT j.id AS job,
       CASE WHEN finished_at IS NOT NULL THEN 'succeeded' WHEN f.job_id IS NOT NULL THEN 'failed'
            WHEN c.job_id IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,
       c.process_id AS owner, p.last_heartbeat_at + interval '60 s' AS lease_until, concurrency_key AS "group", 1 AS cap
  FROM solid_queue_jobs j
  LEFT JOIN solid_queue_claimed_executions c ON c.job_id = j.id
  LEFT JOIN solid_queue_failed_executions f ON f.job_id = j.id
  LEFT JOIN solid_queue_processes p ON p.name = c.process_id;

-- name: insert_job :exec
INSERT INTO solid_queue_jobs (id, concurrency_key) VALUES (:job, 'account');
