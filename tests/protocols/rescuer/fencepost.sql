-- name: observe :many
SELECT id AS job, CASE status WHEN 'queued' THEN 'ready' WHEN 'working' THEN 'owned' ELSE 'succeeded' END AS state,
       try AS token, seen_at + interval '40 s' AS lease_until FROM task;
-- name: insert_job :exec
INSERT INTO task (id) VALUES (@job);
