-- name: load_claim :one
SELECT job_id FROM solid_queue_claimed_executions WHERE job_id = :job_id AND process_id = :process_id;
