-- name: observe :many
SELECT operation_id AS job,
       CASE status WHEN 'processing' THEN 'owned' WHEN 'completed' THEN 'succeeded' WHEN 'failed' THEN 'failed' ELSE 'ready' END AS state,
       claim_number AS token, worker_id AS owner, retry_count AS attempts,
       CASE status WHEN 'processing' THEN claimed_at + interval '60 s' END AS lease_until
  FROM async_operations;

-- name: insert_job :exec
INSERT INTO async_operations (operation_id) VALUES (@job);
