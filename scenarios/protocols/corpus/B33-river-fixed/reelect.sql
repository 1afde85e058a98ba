-- name: attempt_reelect :execrows
-- The row that is there must be of this election, not the row that would have been inserted.
UPDATE river_leader SET expires_at = clock_timestamp() + :ttl::interval
 WHERE name = 'default' AND leader_id = :leader_id AND elected_at = :elected_at AND expires_at > clock_timestamp();
