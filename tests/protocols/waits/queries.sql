-- name: take_task :one
UPDATE tasks SET epoch = epoch + 1, until = clock_timestamp() + interval '1 minute'
 WHERE task = (SELECT task FROM tasks WHERE NOT done AND until <= clock_timestamp() ORDER BY task LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING task, epoch;

-- name: end_task :execrows
UPDATE tasks SET done = true WHERE task = :task AND epoch = :epoch AND NOT done;

-- name: observe :many
SELECT task AS job, epoch AS token, until AS lease_until,
       CASE WHEN done THEN 'succeeded' WHEN epoch = 0 THEN 'ready' ELSE 'owned' END AS state
  FROM tasks;

-- name: insert_job :exec
INSERT INTO tasks (task) VALUES (:job);

-- name: next :one
SELECT seconds, at, word, NULL::int AS nothing FROM plan;
