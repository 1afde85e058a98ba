-- name: lock_enqueued :one
-- Locked and checked, for as long as its transaction. What was started too long ago is enqueued again: its worker is dead, or
-- gave it up.
SELECT uuid FROM queue_job
 WHERE state = 'enqueued' OR (state = 'started' AND date_started <= clock_timestamp() - :started_delta::interval)
 ORDER BY id
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- name: set_started :one
UPDATE queue_job SET state = 'started', worker = :worker, date_started = clock_timestamp() WHERE uuid = :uuid RETURNING date_started;

-- name: set_done :execrows
UPDATE queue_job SET state = 'done', date_done = clock_timestamp()
 WHERE uuid = :uuid AND state = 'started' AND worker = :worker AND date_started = :date_started;
