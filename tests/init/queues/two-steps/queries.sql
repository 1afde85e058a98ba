-- name: find-next
SELECT task_id, version FROM tasks WHERE status = 'NEW' ORDER BY task_id LIMIT 1 FOR UPDATE SKIP LOCKED

-- name: mark-in-progress<!
UPDATE tasks SET status = 'IN_PROGRESS', picked_by = :worker, picked_at = now(), version = version + 1 WHERE task_id = :task_id RETURNING version

-- name: mark-finished!
UPDATE tasks SET status = 'FINISHED', version = version + 1 WHERE task_id = :task_id AND version = :version

-- name: mark-error!
UPDATE tasks SET status = 'ERROR' WHERE task_id = :task_id

-- name: reset-stale!
UPDATE tasks SET status = 'NEW', picked_by = NULL WHERE status = 'IN_PROGRESS' AND picked_at < now() - interval '10 minutes'
