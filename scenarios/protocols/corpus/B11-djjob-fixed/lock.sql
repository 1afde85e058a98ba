-- name: next_job :one
-- What has been locked for too long is free again: its worker is dead, or gave it up.
SELECT id FROM jobs
 WHERE queue = :queue AND (run_at IS NULL OR run_at <= clock_timestamp()) AND failed_at IS NULL
   AND (locked_at IS NULL OR locked_at <= clock_timestamp() - :max_run_time::interval)
 ORDER BY created_at, id
 LIMIT 1;

-- name: acquire_lock :one
-- Whoever comes second finds the lock taken, and no row.
UPDATE jobs SET locked_at = clock_timestamp(), locked_by = :worker
 WHERE id = :id AND (locked_at IS NULL OR locked_at <= clock_timestamp() - :max_run_time::interval) AND failed_at IS NULL
RETURNING id, locked_at;

-- name: finish :execrows
DELETE FROM jobs WHERE id = :id AND locked_by = :worker AND locked_at = :locked_at;
