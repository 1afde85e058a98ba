-- name: try_lock :one
WITH next AS MATERIALIZED (SELECT id FROM errands WHERE id <> ALL (sqlc.arg(taken)::bigint[]) ORDER BY id LIMIT 1)
SELECT id, pg_try_advisory_lock(id) AS locked FROM next;

-- name: still_there :one
SELECT id FROM errands WHERE id = sqlc.arg(id);

-- name: remove :exec
DELETE FROM errands WHERE id = sqlc.arg(id);

-- name: unlock :one
SELECT pg_advisory_unlock(sqlc.arg(id));

-- name: observe :many
SELECT e.id AS job, CASE WHEN s.worker IS NULL THEN 'ready' ELSE 'owned' END AS state, s.worker AS owner
  FROM errands e
  LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32) | l.objid::bigint = e.id
  LEFT JOIN fencepost.sessions s ON s.pid = l.pid;

-- name: insert_job :exec
INSERT INTO errands VALUES (:job);
