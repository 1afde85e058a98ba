-- name: recover_stale :exec
-- A dead worker's operations go back to the queue; that was an attempt like any other.
UPDATE async_operations
   SET status = CASE WHEN retry_count + 1 >= :max_retries THEN 'failed' ELSE 'pending' END,
       retry_count = retry_count + 1, worker_id = NULL, claimed_at = NULL
 WHERE status = 'processing' AND claimed_at <= clock_timestamp() - :stale_after::interval;
