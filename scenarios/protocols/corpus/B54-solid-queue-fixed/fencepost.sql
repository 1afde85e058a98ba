-- name: observe :many
SELECT id AS job,
       CASE status WHEN 'claimed' THEN 'owned' WHEN 'finished' THEN 'succeeded' WHEN 'failed' THEN 'failed' ELSE 'ready' END AS state,
       claimed_by AS owner, claimed_at AS token, CASE status WHEN 'claimed' THEN claimed_at + interval '5 min' END AS lease_until,
       concurrency_key AS "group", 1 AS cap
  FROM solid_queue_jobs;

-- name: insert_job :exec
INSERT INTO solid_queue_jobs (id, concurrency_key) VALUES (@job, 'account/1');
