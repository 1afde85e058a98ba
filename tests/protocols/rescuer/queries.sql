-- name: take :one
UPDATE task SET status = 'working', try = gen_random_uuid(), seen_at = clock_timestamp()
 WHERE id = (SELECT id FROM task WHERE status = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, try;

-- name: beat :execrows
UPDATE task SET seen_at = clock_timestamp() WHERE id = :id AND try = :try AND status = 'working';

-- name: finish :execrows
UPDATE task SET status = 'finished', seen_at = NULL WHERE id = :id AND try = :try AND status = 'working';

-- name: silent :many
SELECT id AS lost_id, try AS lost_try FROM task
 WHERE status = 'working' AND seen_at <= clock_timestamp() - interval '40 s' ORDER BY id LIMIT 5;

-- name: requeue :exec
UPDATE task SET status = 'queued', seen_at = NULL WHERE id = :lost_id AND status = 'working';
