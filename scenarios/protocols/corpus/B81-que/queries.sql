-- name: poll_jobs :one
WITH candidate AS MATERIALIZED (
  SELECT id FROM que_jobs
   WHERE finished_at IS NULL
     AND NOT EXISTS (SELECT FROM pg_locks
                      WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = que_jobs.id)
   ORDER BY id LIMIT 1)
SELECT id, pg_try_advisory_lock(id) AS locked FROM candidate;

-- name: check_job :one
SELECT id FROM que_jobs WHERE id = :id AND finished_at IS NULL;

-- name: finish_job :execrows
UPDATE que_jobs SET finished_at = now() WHERE id = :id AND finished_at IS NULL;

-- name: unlock_job :one
SELECT pg_advisory_unlock(:id);
