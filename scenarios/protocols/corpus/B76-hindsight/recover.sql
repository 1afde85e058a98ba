-- name: recover_stale :exec
-- A dead worker's operations go back to the queue.
UPDATE async_operations
   SET status = 'pending', worker_id = NULL, claimed_at = NULL
 WHERE status = 'processing' AND claimed_at <= clock_timestamp() - :stale_after::interval;
