-- name: observe :many
SELECT name AS job, 'owned' AS state, leader_id AS owner, elected_at AS token, expires_at AS lease_until FROM river_leader;
