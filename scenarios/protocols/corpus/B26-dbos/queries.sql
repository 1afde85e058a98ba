-- name: pending_of_executor :one
SELECT workflow_uuid FROM workflow_status
 WHERE status = 'PENDING' AND executor_id = :dead_executor
 ORDER BY workflow_uuid
 LIMIT 1;

-- name: take_over :execrows
UPDATE workflow_status SET executor_id = :worker, recovery_attempts = recovery_attempts + 1
 WHERE workflow_uuid = :workflow_uuid AND status = 'PENDING' AND executor_id = :dead_executor;

-- name: record_outcome :execrows
UPDATE workflow_status SET status = 'SUCCESS' WHERE workflow_uuid = :workflow_uuid AND status = 'PENDING' AND executor_id = :worker;
