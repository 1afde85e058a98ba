-- name: observe :many
SELECT j.id AS job,
       CASE WHEN j.finished_at IS NOT NULL THEN 'succeeded' WHEN s.worker IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,
       CASE WHEN j.finished_at IS NULL THEN s.worker END AS owner
  FROM good_jobs j
  LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32) | l.objid::bigint = j.id
  LEFT JOIN fencepost.sessions s ON s.pid = l.pid;
