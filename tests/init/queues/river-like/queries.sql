-- name: JobGetAvailable :many
WITH locked_jobs AS (
  SELECT id FROM river_work
   WHERE state = 'available' AND queue = @queue::text AND scheduled_at <= coalesce(sqlc.narg('now')::timestamptz, now())
   ORDER BY scheduled_at ASC, id ASC LIMIT @max_to_lock::integer FOR UPDATE SKIP LOCKED)
UPDATE river_work SET state = 'running', attempt = river_work.attempt + 1, attempted_at = now(),
       attempted_by = array_append(river_work.attempted_by, @attempted_by::text)
  FROM locked_jobs WHERE river_work.id = locked_jobs.id
RETURNING river_work.*;

-- name: JobSetCompleted :one
UPDATE river_work SET finalized_at = @finalized_at::timestamptz, state = 'completed'
 WHERE id = @id AND state = 'running'
RETURNING *;

-- name: JobSetErrored :one
UPDATE river_work SET state = 'retryable', scheduled_at = @scheduled_at::timestamptz, errors = array_append(errors, @error::jsonb)
 WHERE id = @id AND state = 'running'
RETURNING *;

-- name: JobRescueStuck :exec
UPDATE river_work SET state = 'available' WHERE state = 'running' AND attempted_at < now() - interval '1 hour';
