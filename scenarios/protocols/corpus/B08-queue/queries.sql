-- name: lock_enqueued :one
-- Locked and checked; but a lock lasts no longer than its transaction.
SELECT uuid FROM queue_job
 WHERE state = 'enqueued'
 ORDER BY id
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- name: set_started :exec
UPDATE queue_job SET state = 'started', worker = :worker, date_started = clock_timestamp() WHERE uuid = :uuid;

-- name: set_done :execrows
UPDATE queue_job SET state = 'done', date_done = clock_timestamp() WHERE uuid = :uuid AND state = 'started' AND worker = :worker;
