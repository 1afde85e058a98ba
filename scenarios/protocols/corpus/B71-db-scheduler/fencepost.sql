-- name: observe :many
SELECT task_instance AS job,
       CASE WHEN finished THEN 'succeeded' WHEN picked THEN 'owned' ELSE 'ready' END AS state,
       CASE WHEN picked THEN version END AS token, picked_by AS owner, last_heartbeat + interval '60 s' AS lease_until
  FROM scheduled_tasks;

-- name: insert_job :exec
INSERT INTO scheduled_tasks (task_instance) VALUES (@job);
