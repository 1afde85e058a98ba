-- name: renew_leadership :execrows
UPDATE oban_peers SET expires_at = clock_timestamp() + :ttl::interval WHERE name = 'Oban';
