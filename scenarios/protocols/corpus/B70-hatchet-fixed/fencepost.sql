-- name: observe :many
SELECT id AS job,
       CASE WHEN polled THEN 'succeeded' WHEN partition_owner IS NULL THEN 'ready' ELSE 'owned' END AS state,
       epoch AS token, partition_owner AS owner, lease_expires_at AS lease_until
  FROM tenants;

-- name: insert_job :exec
INSERT INTO tenants (id) VALUES (@job);
