-- name: observe :many
SELECT name AS job, 'owned' AS state, node AS owner, started_at AS token, expires_at AS lease_until FROM oban_peers;
