-- name: lock_job :one
WITH candidate AS MATERIALIZED (SELECT id FROM que WHERE finished_at IS NULL AND run_at <= now()
   AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = que.id)
 ORDER BY id LIMIT 1)
SELECT id, pg_try_advisory_lock(id) AS locked FROM candidate;

-- name: finish_job :exec
UPDATE que SET finished_at = now() WHERE id = $1;

-- name: unlock_job :one
SELECT pg_advisory_unlock($1);
