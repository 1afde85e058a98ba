-- name: observe :many
SELECT processor_id AS job,
       CASE status WHEN 'running' THEN 'owned' WHEN 'completed' THEN 'succeeded' ELSE 'ready' END AS state,
       epoch AS token, instance_id AS owner, last_processed AS progress,
       CASE status WHEN 'running' THEN last_updated + interval '30 s' END AS lease_until
  FROM emt_processors;
