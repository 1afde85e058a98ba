-- name: get_shard :one
SELECT shard_id, range_id, owner FROM shards WHERE acquired_at IS NULL OR acquired_at < now() - interval '1 minute' ORDER BY shard_id LIMIT 1;
-- name: acquire_shard :one
UPDATE shards SET range_id = range_id + 1, owner = :host, acquired_at = now() WHERE shard_id = :shard_id AND range_id = :range_id RETURNING range_id AS new_range_id;
-- name: keep_shard :execrows
UPDATE shards SET acquired_at = now() WHERE shard_id = :shard_id AND range_id = :new_range_id;
-- name: update_ack :execrows
UPDATE shards SET ack_level = ack_level + 1 WHERE shard_id = :shard_id AND range_id = :new_range_id;
-- name: release_shard :execrows
UPDATE shards SET owner = NULL, acquired_at = NULL WHERE shard_id = :shard_id AND range_id = :new_range_id;
