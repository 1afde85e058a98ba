-- name: reserve :one
UPDATE delayed_jobs SET locked_at = now(), locked_by = $1
 WHERE id IN (SELECT id FROM delayed_jobs
               WHERE ((run_at <= now() AND (locked_at IS NULL OR locked_at < now() - interval '4 hours')) OR locked_by = $1)
                 AND failed_at IS NULL
               ORDER BY priority ASC, run_at ASC LIMIT 1 FOR UPDATE)
RETURNING *;

-- name: destroy :exec
DELETE FROM delayed_jobs WHERE id = $1;

-- name: reschedule :exec
UPDATE delayed_jobs SET attempts = attempts + 1, run_at = $2, last_error = $3, locked_at = NULL, locked_by = NULL WHERE id = $1;

-- name: clear_locks :exec
UPDATE delayed_jobs SET locked_by = NULL, locked_at = NULL WHERE locked_by = $1;
