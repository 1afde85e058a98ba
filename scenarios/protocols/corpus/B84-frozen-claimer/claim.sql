-- name: pick :one
SELECT id FROM tasks
 WHERE state = 'queued' OR (state = 'running' AND heartbeat_at <= clock_timestamp() - :lease::interval)
 ORDER BY id
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- name: take :one
UPDATE tasks SET state = 'running', claim = claim + 1, worker = :worker, heartbeat_at = clock_timestamp() WHERE id = :id RETURNING claim;
