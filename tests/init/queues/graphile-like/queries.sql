-- name: get_job :one
WITH j AS (
  SELECT jobs.id FROM work.jobs
   WHERE (jobs.locked_at IS NULL OR jobs.locked_at < now() - interval '4 hours') AND run_at <= now() AND attempts < max_attempts
   ORDER BY priority ASC, run_at ASC LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE work.jobs SET attempts = attempts + 1, locked_by = $1::text, locked_at = now()
  FROM j WHERE jobs.id = j.id
RETURNING jobs.id, jobs.task_id, jobs.payload, jobs.attempts;

-- name: complete_job :exec
DELETE FROM work.jobs WHERE id = $1;

-- name: fail_job :exec
UPDATE work.jobs SET last_error = $2, run_at = greatest(now(), run_at) + exp(least(attempts, 10)) * interval '1 second', locked_by = NULL, locked_at = NULL
 WHERE id = $1 AND locked_by = $3;

-- name: return_job :exec
UPDATE work.jobs SET locked_by = NULL, locked_at = NULL WHERE id = $1 AND locked_by = $2;
