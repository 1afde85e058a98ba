-- name: observe :many
SELECT id AS job, CASE WHEN failed_at IS NOT NULL THEN 'failed' WHEN locked_at IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,
       locked_by AS owner, locked_at AS token, locked_at + interval '5 min' AS lease_until
  FROM jobs;

-- name: insert_job :exec
INSERT INTO jobs (handler) VALUES ('job ' || :job);
