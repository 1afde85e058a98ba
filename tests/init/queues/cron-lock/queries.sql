-- name: lock :execrows
INSERT INTO scheduler_locks (name, lock_until, locked_at, locked_by) VALUES (?, now() + interval '10 minutes', now(), ?)
ON CONFLICT (name) DO UPDATE SET lock_until = excluded.lock_until, locked_at = excluded.locked_at, locked_by = excluded.locked_by
 WHERE scheduler_locks.lock_until <= now();

-- name: unlock :execrows
UPDATE scheduler_locks SET lock_until = now() WHERE name = ? AND locked_by = ?;
