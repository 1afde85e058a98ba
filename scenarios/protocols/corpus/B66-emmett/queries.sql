-- name: store_checkpoint :execrows
UPDATE emt_processors SET last_processed = last_processed + 1, last_updated = clock_timestamp()
 WHERE processor_id = :processor AND status = 'running' AND epoch = :epoch;

-- name: complete :execrows
UPDATE emt_processors SET status = 'completed', instance_id = NULL
 WHERE processor_id = :processor AND status = 'running' AND epoch = :epoch;
