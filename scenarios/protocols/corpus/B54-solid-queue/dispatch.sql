-- name: pick_scheduled :one
SELECT id, concurrency_key FROM solid_queue_jobs
 WHERE status = 'scheduled' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
