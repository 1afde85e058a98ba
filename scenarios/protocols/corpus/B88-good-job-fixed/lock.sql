-- name: lock_next_job :one
-- For as long as the transaction lasts, and so does its backend.
WITH candidates AS MATERIALIZED (
  SELECT id FROM good_jobs WHERE finished_at IS NULL ORDER BY id)
SELECT id FROM candidates WHERE pg_try_advisory_xact_lock(id) LIMIT 1;
