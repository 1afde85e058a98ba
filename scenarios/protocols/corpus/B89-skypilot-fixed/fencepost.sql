-- name: observe :many
SELECT d.name AS job, CASE WHEN l.holder IS NULL THEN 'ready' ELSE 'owned' END AS state,
       l.holder AS owner, l.epoch AS token, l.expires_at AS lease_until, d.runs AS progress
  FROM daemons d
  LEFT JOIN leader_leases l USING (name);
