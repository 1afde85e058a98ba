-- name: observe :many
SELECT d.name AS job, CASE WHEN s.worker IS NULL THEN 'ready' ELSE 'owned' END AS state, s.worker AS owner, d.runs AS progress
  FROM daemons d
  LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                      AND l.objid::bigint = hashtext(d.name)::bigint & 4294967295
  LEFT JOIN fencepost.sessions s ON s.pid = l.pid;
