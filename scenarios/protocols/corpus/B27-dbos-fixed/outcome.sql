-- name: record_outcome :execrows
-- What was cancelled meanwhile stays cancelled, and the worker learns of it.
UPDATE workflow_status SET status = 'SUCCESS', output = 'done'
 WHERE workflow_uuid = :workflow_uuid AND status = 'PENDING' AND executor_id = :worker AND started_at = :started_at;
