-- name: EnqueueJob :one
INSERT INTO jobs (kind, payload) VALUES ($1, $2) RETURNING id;

-- name: ClaimJob :one
UPDATE jobs SET status = 'running', worker_id = $1, lease_expires_at = now() + $2::interval, attempts = attempts + 1, updated_at = now()
WHERE id = (
  SELECT id FROM jobs
  WHERE (status = 'pending' OR (status = 'running' AND lease_expires_at < now())) AND attempts < max_attempts
  ORDER BY created_at
  FOR UPDATE SKIP LOCKED
  LIMIT 1
)
RETURNING *;

-- name: HeartbeatJob :execrows
UPDATE jobs SET lease_expires_at = now() + sqlc.arg(extension)::interval, updated_at = now()
WHERE id = sqlc.arg(id) AND worker_id = sqlc.arg(worker_id) AND status = 'running';

-- name: CompleteJob :exec
UPDATE jobs SET status = 'done', updated_at = now() WHERE id = $1;

-- name: FailJob :exec
UPDATE jobs SET status = CASE WHEN attempts >= max_attempts THEN 'failed'::job_status ELSE 'pending'::job_status END, updated_at = now()
WHERE id = $1;

-- name: ListJobs :many
SELECT * FROM jobs ORDER BY created_at DESC LIMIT $1;

-- name: GetJob :one
SELECT * FROM jobs WHERE id = $1;
