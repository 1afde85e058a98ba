-- name: try_attain_lock :one
SELECT :shard AS shard, pg_try_advisory_lock(hashtext(:shard)) AS attained;

-- name: load_progression :one
SELECT name, last_seq_id FROM mt_event_progression WHERE name = :shard;
