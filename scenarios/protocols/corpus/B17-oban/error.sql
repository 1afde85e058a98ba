-- name: error_job :execrows
-- What becomes of the job is decided by what this worker knows of it.
UPDATE oban_jobs
   SET state = CASE WHEN :attempt::int < :max_attempts::int THEN 'retryable' ELSE 'discarded' END,
       scheduled_at = clock_timestamp() + interval '15 s', error = :error
 WHERE id = :id;
