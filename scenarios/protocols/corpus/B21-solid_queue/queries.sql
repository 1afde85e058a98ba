-- name: register :exec
-- A process registers no later than with its first claim, and is alive then.
INSERT INTO solid_queue_processes (name, last_heartbeat_at) VALUES (:process_id, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET last_heartbeat_at = EXCLUDED.last_heartbeat_at;

-- name: heartbeat :exec
UPDATE solid_queue_processes SET last_heartbeat_at = clock_timestamp() WHERE name = :process_id;

-- name: candidate :one
SELECT id AS job_id, concurrency_key FROM solid_queue_jobs
 WHERE finished_at IS NULL
   AND EXISTS (SELECT FROM solid_queue_semaphores WHERE key = concurrency_key AND value > 0)
   AND NOT EXISTS (SELECT FROM solid_queue_claimed_executions WHERE job_id = id)
   AND NOT EXISTS (SELECT FROM solid_queue_failed_executions WHERE job_id = id)
 ORDER BY id
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- name: wait_semaphore :execrows
UPDATE solid_queue_semaphores SET value = value - 1 WHERE key = :concurrency_key AND value > 0;

-- name: signal_semaphore :exec
UPDATE solid_queue_semaphores SET value = value + 1 WHERE key = :concurrency_key AND value < :concurrency_limit;

-- name: insert_claim :exec
INSERT INTO solid_queue_claimed_executions (job_id, process_id) VALUES (:job_id, :process_id);

-- name: release_claim :execrows
DELETE FROM solid_queue_claimed_executions WHERE job_id = :job_id AND process_id = :process_id;

-- name: finish_job :exec
UPDATE solid_queue_jobs SET finished_at = clock_timestamp() WHERE id = :job_id;

-- name: claim_of_dead_process :one
SELECT c.job_id, c.process_id, j.concurrency_key
  FROM solid_queue_claimed_executions c
  JOIN solid_queue_jobs j ON j.id = c.job_id
  JOIN solid_queue_processes p ON p.name = c.process_id
 WHERE p.last_heartbeat_at <= clock_timestamp() - :alive_threshold::interval
 ORDER BY c.job_id
 LIMIT 1
   FOR UPDATE OF p, c SKIP LOCKED;

-- name: fail_execution :exec
INSERT INTO solid_queue_failed_executions (job_id) VALUES (:job_id);
