-- name: save_progression :execrows
UPDATE mt_event_progression SET last_seq_id = :next_seq_id WHERE name = :shard;
