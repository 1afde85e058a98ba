-- name: observe :many
SELECT id AS job, CASE WHEN failed_at IS NOT NULL THEN 'failed' WHEN locked_at IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,
       locked_by AS owner
  FROM jobs;

-- name: insert_job :exec
INSERT INTO jobs (handler) VALUES ('job ' || :job);
