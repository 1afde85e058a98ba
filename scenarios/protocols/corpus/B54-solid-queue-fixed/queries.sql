-- name: wait_semaphore :execrows
UPDATE solid_queue_semaphores SET value = value - 1 WHERE key = :concurrency_key AND value > 0;

-- name: make_ready :exec
UPDATE solid_queue_jobs SET status = 'ready' WHERE id = :id;

-- name: make_blocked :exec
UPDATE solid_queue_jobs SET status = 'blocked' WHERE id = :id;

-- name: claim_job :one
-- What has been claimed for too long is claimed again, and keeps its place at the semaphore: its worker is dead, or gave it up.
UPDATE solid_queue_jobs SET status = 'claimed', claimed_by = :worker, claimed_at = clock_timestamp()
 WHERE id = (SELECT id FROM solid_queue_jobs
              WHERE status = 'ready' OR (status = 'claimed' AND claimed_at <= clock_timestamp() - :alive_threshold::interval)
              ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, concurrency_key, claimed_at;

-- name: finish_job :execrows
UPDATE solid_queue_jobs SET status = 'finished', claimed_by = NULL
 WHERE id = :id AND status = 'claimed' AND claimed_by = :worker AND claimed_at = :claimed_at;

-- name: fail_job :execrows
UPDATE solid_queue_jobs SET status = 'failed', claimed_by = NULL
 WHERE id = :id AND status = 'claimed' AND claimed_by = :worker AND claimed_at = :claimed_at;

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
