-- name: observe :many
SELECT id AS job, CASE status WHEN 'claimed' THEN 'owned' WHEN 'finished' THEN 'succeeded' ELSE 'ready' END AS state,
       claimed_by AS owner
  FROM solid_queue_jobs;

-- name: insert_job :exec
INSERT INTO solid_queue_jobs (id, concurrency_key) VALUES (@job, 'account/1');
