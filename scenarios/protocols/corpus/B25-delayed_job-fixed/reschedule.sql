-- name: reschedule_job :execrows
-- Whoever ran out of time may have lost the lock by then; another's stays.
UPDATE delayed_jobs
   SET attempts = attempts + 1, run_at = clock_timestamp() + interval '5 s', last_error = 'execution expired',
       locked_at = NULL, locked_by = NULL
 WHERE id = :id AND locked_by = :worker AND locked_at = :locked_at;
