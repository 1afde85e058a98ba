-- name: take :one
UPDATE tasks SET state = 'running', version = version + 1, taken_at = clock_timestamp()
 WHERE id = (SELECT id FROM tasks
              WHERE state = 'ready' OR (state = 'running' AND taken_at < clock_timestamp() - interval '12 hours')
              ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, version;

-- name: done :execrows
UPDATE tasks SET state = 'succeeded' WHERE id = :id AND version = :version;

-- name: observe :many
SELECT id AS job, CASE state WHEN 'running' THEN 'owned' ELSE state END AS state, version AS token FROM tasks;

-- name: insert_job :exec
INSERT INTO tasks (id) VALUES (@job);
