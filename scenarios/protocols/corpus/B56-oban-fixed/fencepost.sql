-- name: observe :many
SELECT id AS job, CASE state WHEN 'executing' THEN 'owned' WHEN 'completed' THEN 'succeeded' ELSE 'ready' END AS state,
       attempt AS token, attempted_by AS owner,
       CASE state WHEN 'executing' THEN attempted_at + interval '5 min' END AS lease_until
  FROM oban_jobs;

-- name: insert_job :exec
INSERT INTO oban_jobs (id) VALUES (@job);

-- name: no_try_yet :let
SELECT NULL::bigint AS acknowledged, 1 AS tries;

-- name: is_acknowledged :let
SELECT @acknowledged::bigint IS NOT NULL AS done;

-- name: no_job_yet :let
SELECT NULL::bigint AS id, NULL::int AS attempt;

-- name: has_job :let
SELECT @id::bigint IS NOT NULL AS fetched;
