-- name: lock_by_active_job_id :one
-- As long as version 1 may run beside it, its key is taken too, and first.
WITH candidates AS MATERIALIZED (
  SELECT id, active_job_id FROM good_jobs WHERE finished_at IS NULL ORDER BY id)
SELECT id, active_job_id FROM candidates
 WHERE CASE WHEN pg_try_advisory_lock(hashtext('good_jobs'), id::int)
            THEN pg_try_advisory_lock(hashtext('good_jobs-active_job_id'), active_job_id::int)
            ELSE false END
 LIMIT 1;

-- name: unlock_by_active_job_id :one
SELECT pg_advisory_unlock(hashtext('good_jobs-active_job_id'), :active_job_id::int)
       AND pg_advisory_unlock(hashtext('good_jobs'), :id::int) AS unlocked;
