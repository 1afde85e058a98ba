-- name: load_invoices :many
SELECT id FROM invoices ORDER BY id;

-- name: lock :one
INSERT INTO shedlock (name, lock_until, locked_at, locked_by)
VALUES (:lock_name, CURRENT_TIMESTAMP + :lock_at_most_for::interval, CURRENT_TIMESTAMP, :worker)
ON CONFLICT (name) DO UPDATE
   SET lock_until = CURRENT_TIMESTAMP + :lock_at_most_for::interval, locked_at = CURRENT_TIMESTAMP, locked_by = :worker
 WHERE shedlock.lock_until <= CURRENT_TIMESTAMP
RETURNING name, locked_at;

-- name: extend :execrows
-- For tasks that take longer than the lock, and only while it is their own.
UPDATE shedlock SET lock_until = CURRENT_TIMESTAMP + :lock_at_most_for::interval
 WHERE name = :lock_name AND locked_by = :worker AND locked_at = :locked_at AND lock_until > CURRENT_TIMESTAMP;

-- name: unlock :execrows
UPDATE shedlock SET lock_until = CURRENT_TIMESTAMP WHERE name = :lock_name AND locked_by = :worker AND locked_at = :locked_at;
