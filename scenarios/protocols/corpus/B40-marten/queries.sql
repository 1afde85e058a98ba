-- name: try_attain_lock :one
SELECT :shard AS shard, pg_try_advisory_lock(hashtext(:shard)) AS attained;

-- name: advance :one
UPDATE mt_event_progression SET last_seq_id = last_seq_id + 1 WHERE name = :shard RETURNING last_seq_id;
