-- name: pending_of_executor :one
-- Whoever has had a workflow for too long is dead, too, or gave it up.
SELECT workflow_uuid FROM workflow_status
 WHERE status = 'PENDING' AND (executor_id = :dead_executor OR updated_at <= clock_timestamp() - :dead_after::interval)
 ORDER BY workflow_uuid
 LIMIT 1;

-- name: take_over :one
UPDATE workflow_status SET executor_id = :worker, recovery_attempts = recovery_attempts + 1, updated_at = clock_timestamp()
 WHERE workflow_uuid = :workflow_uuid AND status = 'PENDING'
   AND (executor_id = :dead_executor OR updated_at <= clock_timestamp() - :dead_after::interval)
RETURNING workflow_uuid, recovery_attempts;

-- name: record_outcome :execrows
UPDATE workflow_status SET status = 'SUCCESS'
 WHERE workflow_uuid = :workflow_uuid AND status = 'PENDING' AND executor_id = :worker AND recovery_attempts = :recovery_attempts;
