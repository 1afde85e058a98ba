-- name: claim_operation :one
UPDATE async_operations
   SET status = 'processing', claim_number = claim_number + 1, worker_id = :worker, claimed_at = clock_timestamp()
 WHERE operation_id = (
         SELECT operation_id FROM async_operations
          WHERE status = 'pending' AND retry_count < :max_retries
          ORDER BY operation_id
          LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING operation_id, claim_number;

-- name: report_progress :execrows
-- A number alone proves nothing where the server may have lost the commit that gave it.
UPDATE async_operations SET claimed_at = clock_timestamp()
 WHERE operation_id = :operation_id AND status = 'processing' AND claim_number = :claim_number AND worker_id = :worker;

-- name: mark_completed :execrows
UPDATE async_operations SET status = 'completed', worker_id = NULL
 WHERE operation_id = :operation_id AND status = 'processing' AND claim_number = :claim_number AND worker_id = :worker;

-- name: mark_failed :execrows
UPDATE async_operations
   SET status = CASE WHEN retry_count + 1 >= :max_retries THEN 'failed' ELSE 'pending' END,
       retry_count = retry_count + 1, worker_id = NULL, claimed_at = NULL, error_message = :error
 WHERE operation_id = :operation_id AND status = 'processing' AND claim_number = :claim_number AND worker_id = :worker;
