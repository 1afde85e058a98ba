-- name: reschedule_job :execrows
UPDATE delayed_jobs
   SET attempts = attempts + 1, run_at = clock_timestamp() + interval '5 s', last_error = 'execution expired',
       locked_at = NULL, locked_by = NULL
 WHERE id = :id;
