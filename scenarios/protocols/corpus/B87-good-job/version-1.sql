-- name: lock_by_id :one
WITH candidates AS MATERIALIZED (
  SELECT id FROM good_jobs WHERE finished_at IS NULL ORDER BY id)
SELECT id FROM candidates WHERE pg_try_advisory_lock(hashtext('good_jobs'), id::int) LIMIT 1;

-- name: unlock_by_id :one
SELECT pg_advisory_unlock(hashtext('good_jobs'), :id::int);
