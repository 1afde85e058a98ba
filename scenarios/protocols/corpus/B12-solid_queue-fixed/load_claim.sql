-- name: load_claim :one
SELECT job_id, created_at FROM solid_queue_claimed_executions WHERE job_id = :job_id AND process_id = :process_id;

-- name: release_abandoned :exec
-- A claim that is too old is of a process that is dead, or gave it up: its job is ready again.
WITH abandoned AS (
  DELETE FROM solid_queue_claimed_executions
   WHERE job_id IN (SELECT job_id FROM solid_queue_claimed_executions
                     WHERE created_at <= clock_timestamp() - :alive_threshold::interval
                       FOR UPDATE SKIP LOCKED)
  RETURNING job_id)
INSERT INTO solid_queue_ready_executions (job_id) SELECT job_id FROM abandoned;
