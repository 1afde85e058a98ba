-- What the application runs. Replace it with your own statements; fencepost knows each by its name.

-- name: claim_job :one
-- A job that is ready, or whose owner's lease has ended. One statement, so that nobody comes between looking and taking.
UPDATE jobs
   SET state = 'running', claim = gen_random_uuid(), owner = @worker,
       lease_until = clock_timestamp() + interval '30 s'
 WHERE id = (SELECT id FROM jobs
              WHERE state = 'ready' OR (state = 'running' AND lease_until <= clock_timestamp())
              ORDER BY id LIMIT 1
                FOR UPDATE SKIP LOCKED)
RETURNING id AS job_id, claim;

-- name: renew_lease :execrows
-- The heartbeat. No row: somebody else has claimed the job since. GREATEST, because an update that waited for the row
-- computes the time from before its wait.
UPDATE jobs SET lease_until = GREATEST(lease_until, clock_timestamp() + interval '30 s')
 WHERE id = @job_id AND claim = @claim AND state = 'running';

-- name: finish_job :execrows
-- Fenced by the token of the claim: a worker that was superseded changes no row.
UPDATE jobs SET state = 'done', owner = NULL, lease_until = NULL
 WHERE id = @job_id AND claim = @claim AND state = 'running';

-- name: give_back :execrows
-- After an error: somebody else may try at once.
UPDATE jobs SET state = 'ready', owner = NULL, lease_until = NULL
 WHERE id = @job_id AND claim = @claim AND state = 'running';
