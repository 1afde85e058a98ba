-- name: observe :many
SELECT id AS job, CASE state WHEN 'executing' THEN 'owned' WHEN 'completed' THEN 'succeeded' ELSE 'ready' END AS state,
       attempt AS token, attempted_by AS owner
  FROM oban_jobs;

-- name: insert_job :exec
INSERT INTO oban_jobs (id) VALUES (@job);

-- name: no_try_yet :let
SELECT NULL::bigint AS acknowledged, 1 AS tries;

-- name: is_acknowledged :let
SELECT @acknowledged::bigint IS NOT NULL AS done;
