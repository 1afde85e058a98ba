-- name: observe :many
SELECT id AS job,
       CASE status WHEN 'picked' THEN 'owned' WHEN 'successful' THEN 'succeeded' WHEN 'exception' THEN 'failed' ELSE 'ready' END AS state,
       picks AS token, queue_manager AS owner, heartbeat + interval '30 s' AS lease_until
  FROM pgqueuer;

-- name: insert_job :exec
INSERT INTO pgqueuer (id, entrypoint) VALUES (@job, 'send_email');
