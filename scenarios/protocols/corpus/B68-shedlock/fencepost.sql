-- name: observe :many
-- An unlock cuts lock_until short; until then the lock is somebody's, expired or not.
SELECT name AS job, CASE WHEN lock_until = locked_at + interval '60 s' THEN 'owned' ELSE 'ready' END AS state,
       locked_by AS owner, locked_at AS token, lock_until AS lease_until
  FROM shedlock;
