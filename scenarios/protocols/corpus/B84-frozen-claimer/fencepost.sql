-- name: observe :many
SELECT id AS job, CASE state WHEN 'queued' THEN 'ready' WHEN 'running' THEN 'owned' ELSE 'succeeded' END AS state,
       claim AS token, worker AS owner, heartbeat_at + interval '30 s' AS lease_until
  FROM tasks;

-- name: insert_job :exec
INSERT INTO tasks (id) VALUES (:job);
