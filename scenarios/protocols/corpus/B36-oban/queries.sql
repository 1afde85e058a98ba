-- name: delete_expired :exec
DELETE FROM oban_peers WHERE name = 'Oban' AND expires_at <= clock_timestamp();

-- name: elect :one
INSERT INTO oban_peers (name, node, started_at, expires_at)
VALUES ('Oban', :worker, clock_timestamp(), clock_timestamp() + :ttl::interval)
ON CONFLICT (name) DO NOTHING
RETURNING name, node, started_at;
