-- name: lock_by_active_job_id :one
-- One lock for all executions of a job, so its key is the job's own id now.
WITH candidates AS MATERIALIZED (
  SELECT id, active_job_id FROM good_jobs WHERE finished_at IS NULL ORDER BY id)
SELECT id, active_job_id FROM candidates
 WHERE pg_try_advisory_lock(hashtext('good_jobs-active_job_id'), active_job_id::int)
 LIMIT 1;

-- name: unlock_by_active_job_id :one
SELECT pg_advisory_unlock(hashtext('good_jobs-active_job_id'), :active_job_id::int);
