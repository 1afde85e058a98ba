-- name: renew_leadership :execrows
UPDATE oban_peers SET expires_at = clock_timestamp() + :ttl::interval
 WHERE name = 'Oban' AND node = :node AND started_at = :started_at;
