-- name: pull :one
WITH next AS MATERIALIZED (
  SELECT id FROM queue WHERE NOT running ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE queue SET running = true, worker = :worker, started_at = clock_timestamp(), last_ping = clock_timestamp()
  FROM next
 WHERE queue.id = next.id
RETURNING queue.id, queue.parent_job, queue.started_at;

-- name: ping :exec
UPDATE queue SET last_ping = clock_timestamp() WHERE id = :id AND running AND worker = :worker AND started_at = :started_at;

-- name: restart_zombies :exec
UPDATE queue SET running = false, worker = NULL, started_at = NULL
 WHERE running AND last_ping <= clock_timestamp() - :zombie_timeout::interval;

-- name: add_completed_job :exec
INSERT INTO completed_job (id) VALUES (:id);

-- name: flow_success :exec
UPDATE flow SET status = 'Success' WHERE id = :parent_job;

-- name: flow_failure :exec
UPDATE flow SET status = 'Failure' WHERE id = :parent_job;
