-- name: dequeue :one
-- What has been running for too long is dequeued again: its executor is dead, or gave it up.
WITH next AS MATERIALIZED (
  SELECT workflow_uuid FROM workflow_status
   WHERE status = 'ENQUEUED' OR (status = 'PENDING' AND started_at <= clock_timestamp() - :dead_after::interval)
   ORDER BY workflow_uuid
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE workflow_status SET status = 'PENDING', executor_id = :worker, started_at = clock_timestamp()
  FROM next
 WHERE workflow_status.workflow_uuid = next.workflow_uuid
RETURNING workflow_status.workflow_uuid, workflow_status.started_at;

-- name: cancel_workflow :execrows
UPDATE workflow_status SET status = 'CANCELLED' WHERE workflow_uuid = 'workflow-1' AND status <> 'SUCCESS';
