-- name: lease_job :one
-- A worker leases only what it can do.
UPDATE enrichment_jobs
   SET status = 'leased', epoch = epoch + 1, leased_by = :worker, lease_until = clock_timestamp() + :lease::interval
 WHERE job_id = (
         SELECT job_id FROM enrichment_jobs
          WHERE fingerprint = :pipeline
            AND (status = 'due' OR (status = 'leased' AND lease_until <= clock_timestamp()))
          ORDER BY job_id
          LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING job_id, epoch, fingerprint, :pipeline AS pipeline;
