-- name: observe :many
SELECT uuid AS job, CASE state WHEN 'enqueued' THEN 'ready' WHEN 'started' THEN 'owned' ELSE 'succeeded' END AS state,
       CASE state WHEN 'started' THEN worker END AS owner, date_started AS token,
       CASE state WHEN 'started' THEN date_started + interval '5 min' END AS lease_until
  FROM queue_job;

-- name: insert_job :exec
INSERT INTO queue_job (uuid, method_name) VALUES ('job-' || :job, 'send_invoice');
