-- name: observe :many
SELECT id AS job, CASE WHEN locked_at IS NULL THEN 'ready' ELSE 'owned' END AS state, locked_by AS owner, locked_at AS token,
       locked_at + interval '5 min' AS lease_until
  FROM delayed_jobs;

-- name: insert_job :exec
INSERT INTO delayed_jobs (handler) VALUES ('job ' || :job);
