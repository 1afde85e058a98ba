-- name: acquire_lock :execrows
UPDATE jobs SET locked_at = clock_timestamp(), locked_by = :worker WHERE id = :id;
