-- name: acquire_lock :execrows
-- Whoever comes second finds the lock taken, and no row.
UPDATE jobs SET locked_at = clock_timestamp(), locked_by = :worker WHERE id = :id AND locked_at IS NULL AND failed_at IS NULL;
