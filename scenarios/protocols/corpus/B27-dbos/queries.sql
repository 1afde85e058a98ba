-- name: dequeue :one
WITH next AS MATERIALIZED (
  SELECT workflow_uuid FROM workflow_status
   WHERE status = 'ENQUEUED'
   ORDER BY workflow_uuid
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE workflow_status SET status = 'PENDING', executor_id = :worker
  FROM next
 WHERE workflow_status.workflow_uuid = next.workflow_uuid
RETURNING workflow_status.workflow_uuid;

-- name: cancel_workflow :execrows
UPDATE workflow_status SET status = 'CANCELLED' WHERE workflow_uuid = 'workflow-1' AND status <> 'SUCCESS';
