-- name: observe :many
SELECT workflow_uuid AS job,
       CASE status WHEN 'ENQUEUED' THEN 'ready' WHEN 'PENDING' THEN 'owned' WHEN 'SUCCESS' THEN 'succeeded' ELSE 'failed' END AS state,
       CASE status WHEN 'PENDING' THEN executor_id END AS owner, started_at AS token,
       CASE status WHEN 'PENDING' THEN started_at + interval '5 min' END AS lease_until
  FROM workflow_status;

-- name: insert_job :exec
INSERT INTO workflow_status (workflow_uuid) VALUES ('workflow-' || :job);
