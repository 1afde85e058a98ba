-- name: observe :many
SELECT id AS job, CASE state WHEN 'created' THEN 'ready' WHEN 'active' THEN 'owned' ELSE 'succeeded' END AS state,
       started_on AS token, CASE state WHEN 'active' THEN expire_on END AS lease_until
  FROM job;

-- name: insert_job :exec
INSERT INTO job (id) VALUES (:job);
