-- name: lock_next_job :one
WITH candidates AS MATERIALIZED (
  SELECT id FROM good_jobs WHERE finished_at IS NULL ORDER BY id)
SELECT id FROM candidates WHERE pg_try_advisory_lock(id) LIMIT 1;

-- name: unlock_job :one
SELECT pg_advisory_unlock(:id);
