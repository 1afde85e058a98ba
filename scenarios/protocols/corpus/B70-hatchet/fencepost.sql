-- name: observe :many
-- When a lease ends is what its owner meant by the time that it wrote, in the zone of its own session.
SELECT id AS job,
       CASE WHEN polled THEN 'succeeded' WHEN partition_owner IS NULL THEN 'ready' ELSE 'owned' END AS state,
       epoch AS token, partition_owner AS owner,
       lease_expires_at AT TIME ZONE CASE WHEN partition_owner LIKE 'tokyo%' THEN 'Asia/Tokyo' ELSE 'UTC' END AS lease_until
  FROM tenants;

-- name: insert_job :exec
INSERT INTO tenants (id) VALUES (@job);
