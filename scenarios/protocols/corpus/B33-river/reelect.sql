-- name: attempt_reelect :execrows
INSERT INTO river_leader (name, leader_id, elected_at, expires_at)
VALUES ('default', :worker, clock_timestamp(), clock_timestamp() + :ttl::interval)
ON CONFLICT (name) DO UPDATE SET expires_at = EXCLUDED.expires_at
 WHERE EXCLUDED.leader_id = :worker;
