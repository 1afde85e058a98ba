-- name: record_outcome :execrows
UPDATE workflow_status SET status = 'SUCCESS', output = 'done' WHERE workflow_uuid = :workflow_uuid;
