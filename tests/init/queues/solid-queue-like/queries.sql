-- name: pick_ready :one
SELECT job_id FROM sq_ready WHERE queue_name = $1 ORDER BY priority, job_id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: insert_claimed :exec
INSERT INTO sq_claimed (job_id, process_id, created_at) VALUES ($1, $2, now());

-- name: delete_ready :exec
DELETE FROM sq_ready WHERE job_id = $1;

-- name: finish :exec
UPDATE sq_jobs SET finished_at = now(), updated_at = now() WHERE id = $1;

-- name: delete_claimed :exec
DELETE FROM sq_claimed WHERE job_id = $1;
