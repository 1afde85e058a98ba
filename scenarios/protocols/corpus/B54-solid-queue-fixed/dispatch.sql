-- name: pick_scheduled :one
-- The semaphore's row is locked before anybody looks at its value, so that a signal comes before or after the whole dispatch.
SELECT j.id, j.concurrency_key
  FROM solid_queue_jobs j JOIN solid_queue_semaphores s ON s.key = j.concurrency_key
 WHERE j.status = 'scheduled' ORDER BY j.id LIMIT 1 FOR UPDATE OF s;
