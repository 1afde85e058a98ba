-- name: observe :many
SELECT p.name AS job, CASE WHEN s.worker IS NULL THEN 'ready' ELSE 'owned' END AS state, s.worker AS owner, p.last_seq_id AS progress
  FROM mt_event_progression p
  LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                      AND l.objid::bigint = hashtext(p.name)::bigint & 4294967295
  LEFT JOIN fencepost.sessions s ON s.pid = l.pid;
