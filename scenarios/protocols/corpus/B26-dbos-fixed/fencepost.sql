-- name: observe :many
-- What belongs to the dead executor waits to be recovered.
SELECT workflow_uuid AS job,
       CASE WHEN status = 'SUCCESS' THEN 'succeeded' WHEN executor_id = 'executor-gone' THEN 'ready' ELSE 'owned' END AS state,
       executor_id AS owner, recovery_attempts AS token, updated_at + interval '5 min' AS lease_until
  FROM workflow_status;

-- name: insert_job :exec
INSERT INTO workflow_status (workflow_uuid, executor_id) VALUES ('workflow-' || :job, :dead_executor);
