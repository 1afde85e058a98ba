-- name: fetch_job :one
WITH next AS MATERIALIZED (
  SELECT id FROM oban_jobs
   WHERE state IN ('available', 'retryable') AND scheduled_at <= clock_timestamp() AND attempt < max_attempts
   ORDER BY scheduled_at, id
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE oban_jobs
   SET state = 'executing', attempt = attempt + 1, attempted_at = clock_timestamp(), attempted_by = :worker
  FROM next
 WHERE oban_jobs.id = next.id
RETURNING oban_jobs.id, oban_jobs.attempt, oban_jobs.max_attempts;

-- name: load_recipients :many
SELECT address FROM recipients ORDER BY address;

-- name: send_mail :execrows
-- Only by the attempt that is executing now; the lock keeps the rescuer out until the mail is there.
INSERT INTO mails (job_id, address)
SELECT id, :address FROM oban_jobs WHERE id = :id AND state = 'executing' AND attempt = :attempt FOR UPDATE;

-- name: complete_job :execrows
UPDATE oban_jobs SET state = 'completed' WHERE id = :id AND state = 'executing' AND attempt = :attempt;

-- name: rescue_orphans :exec
-- The rescuer sees no workers, only for how long a job has been executing.
UPDATE oban_jobs
   SET state = CASE WHEN attempt < max_attempts THEN 'available' ELSE 'discarded' END
 WHERE state = 'executing' AND attempted_at <= clock_timestamp() - :rescue_after::interval;
