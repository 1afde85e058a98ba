-- name: try_lead :one
-- Whole in itself, on whichever backend it comes to.
INSERT INTO leader_leases (name, holder, epoch, expires_at)
VALUES (:daemon, :worker, 1, clock_timestamp() + :ttl::interval)
ON CONFLICT (name) DO UPDATE
   SET holder = EXCLUDED.holder, epoch = leader_leases.epoch + 1, expires_at = EXCLUDED.expires_at
 WHERE leader_leases.expires_at <= clock_timestamp()
RETURNING name AS daemon, epoch;

-- name: run_once :one
WITH renewed AS (
  UPDATE leader_leases SET expires_at = clock_timestamp() + :ttl::interval
   WHERE name = :daemon AND holder = :worker AND epoch = :epoch AND expires_at > clock_timestamp()
  RETURNING name)
UPDATE daemons SET runs = runs + 1 FROM renewed WHERE daemons.name = renewed.name RETURNING runs;
