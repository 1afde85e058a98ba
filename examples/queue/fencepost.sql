-- What fencepost asks: how your tables look in its words, and how a job gets into them.

-- name: observe :many
SELECT id AS job, owner, claim AS token, lease_until,
       CASE state WHEN 'running' THEN 'owned' WHEN 'done' THEN 'succeeded' ELSE state END AS state
  FROM jobs;

-- name: insert_job :exec
INSERT INTO jobs (id) VALUES (@job);
