-- name: fail_for_good :execrows
-- Made for another pipeline: there is no sense in another try.
UPDATE enrichment_jobs SET status = 'failed', failure = 'source_changed', leased_by = NULL, lease_until = NULL
 WHERE job_id = :job_id AND epoch = :epoch AND status = 'leased';

-- name: complete_job :execrows
UPDATE enrichment_jobs SET status = 'done', leased_by = NULL, lease_until = NULL
 WHERE job_id = :job_id AND epoch = :epoch AND status = 'leased';
