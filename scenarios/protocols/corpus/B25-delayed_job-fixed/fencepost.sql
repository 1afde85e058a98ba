-- name: observe :many
SELECT id AS job, CASE WHEN locked_at IS NULL THEN 'ready' ELSE 'owned' END AS state, locked_by AS owner, locked_at AS token,
       locked_at + interval '5 min' AS lease_until, CASE WHEN locked_at IS NULL THEN run_at END AS ready_at
  FROM delayed_jobs;

-- name: in_time :let
-- The timeout around the job, by the worker's own clock.
SELECT :clock::timestamptz < :locked_at::timestamptz + :max_run_time::interval AS in_time;

-- name: insert_job :exec
INSERT INTO delayed_jobs (id) VALUES (:job);
