-- name: observe :many
SELECT uuid AS job, CASE state WHEN 'enqueued' THEN 'ready' WHEN 'started' THEN 'owned' ELSE 'succeeded' END AS state,
       CASE state WHEN 'started' THEN worker END AS owner
  FROM queue_job;

-- name: insert_job :exec
INSERT INTO queue_job (uuid, method_name) VALUES ('job-' || :job, 'send_invoice');
