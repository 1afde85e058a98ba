-- name: wait_semaphore :execrows
UPDATE solid_queue_semaphores SET value = value - 1 WHERE key = :concurrency_key AND value > 0;

-- name: make_ready :exec
UPDATE solid_queue_jobs SET status = 'ready' WHERE id = :id;

-- name: make_blocked :exec
UPDATE solid_queue_jobs SET status = 'blocked' WHERE id = :id;

-- name: claim_job :one
UPDATE solid_queue_jobs SET status = 'claimed', claimed_by = :worker   -- fencepost: ignore no-takeover Reduced to one bug: nobody looks for dead owners.
 WHERE id = (SELECT id FROM solid_queue_jobs WHERE status = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, concurrency_key;

-- name: finish_job :execrows
UPDATE solid_queue_jobs SET status = 'finished', claimed_by = NULL WHERE id = :id AND status = 'claimed' AND claimed_by = :worker;

-- name: signal_semaphore :exec
UPDATE solid_queue_semaphores SET value = value + 1 WHERE key = :concurrency_key;

-- name: release_next_blocked :exec
-- Whoever is blocked now gets the place that has just become free.
WITH next AS MATERIALIZED (
  SELECT id FROM solid_queue_jobs
   WHERE status = 'blocked' AND concurrency_key = :concurrency_key
   ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED),
taken AS (
  UPDATE solid_queue_semaphores SET value = value - 1
   WHERE key = :concurrency_key AND value > 0 AND EXISTS (SELECT FROM next)
  RETURNING key)
UPDATE solid_queue_jobs SET status = 'ready' FROM next, taken WHERE solid_queue_jobs.id = next.id;
