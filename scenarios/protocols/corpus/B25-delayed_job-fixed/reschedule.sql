-- name: reschedule_job :execrows
-- Whoever ran out of time may have lost the lock by then; another's stays. A job that fails each time rests longer each time, up to an hour.
UPDATE delayed_jobs
   SET attempts = attempts + 1, run_at = clock_timestamp() + interval '5 s' + interval '1 s' * least(power(attempts + 1, 4), 3600),
       last_error = 'execution expired', locked_at = NULL, locked_by = NULL
 WHERE id = :id AND locked_by = :worker AND locked_at = :locked_at;
