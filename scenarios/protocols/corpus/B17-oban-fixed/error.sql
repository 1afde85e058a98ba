-- name: error_job :execrows
-- Only the attempt that is executing now may report an error.
UPDATE oban_jobs
   SET state = CASE WHEN :attempt::int < :max_attempts::int THEN 'retryable' ELSE 'discarded' END,
       scheduled_at = clock_timestamp() + interval '15 s', error = :error
 WHERE id = :id AND state = 'executing' AND attempt = :attempt;
