-- name: candidate :one
-- The database at hand may know no SKIP LOCKED, so nothing is locked here.
SELECT job_id FROM solid_queue_ready_executions ORDER BY priority, job_id LIMIT 1;

-- name: insert_claim :exec
INSERT INTO solid_queue_claimed_executions (job_id, process_id, created_at) VALUES (:job_id, :process_id, clock_timestamp())
ON CONFLICT DO NOTHING;

-- name: remove_ready :execrows
DELETE FROM solid_queue_ready_executions WHERE job_id = :job_id;

-- name: finish_job :exec
UPDATE solid_queue_jobs SET finished_at = clock_timestamp() WHERE id = :job_id;

-- name: release_claim :execrows
DELETE FROM solid_queue_claimed_executions
 WHERE job_id = :job_id AND process_id = :process_id AND created_at = :created_at;
