-- name: attempt_elect :one
INSERT INTO river_leader (name, leader_id, elected_at, expires_at)
VALUES ('default', :worker, clock_timestamp(), clock_timestamp() + :ttl::interval)
ON CONFLICT (name) DO UPDATE
   SET leader_id = EXCLUDED.leader_id, elected_at = EXCLUDED.elected_at, expires_at = EXCLUDED.expires_at
 WHERE river_leader.expires_at <= clock_timestamp()
RETURNING name, leader_id, elected_at;
