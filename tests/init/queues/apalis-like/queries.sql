-- name: fetch_next :many
UPDATE apalis.jobs SET status = 'Running', lock_by = $1, lock_at = now(), attempts = attempts + 1
WHERE id IN (
  SELECT id FROM apalis.jobs
  WHERE (status = 'Pending' OR (status = 'Failed' AND attempts < max_attempts)) AND run_at < now() AND job_type = $2
  ORDER BY run_at ASC LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;
-- name: ack :exec
UPDATE apalis.jobs SET status = 'Done', done_at = now() WHERE id = $1 AND lock_by = $2;
-- name: mark_failed :exec
UPDATE apalis.jobs SET status = 'Failed', last_error = $3, done_at = now() WHERE id = $1 AND lock_by = $2;
-- name: kill :exec
UPDATE apalis.jobs SET status = 'Killed', done_at = now() WHERE id = $1 AND lock_by = $2;
-- name: reenqueue_orphaned :exec
UPDATE apalis.jobs SET status = 'Pending', done_at = NULL, lock_by = NULL, lock_at = NULL, last_error = 'Job was abandoned'
WHERE id IN (SELECT id FROM apalis.jobs WHERE status = 'Running' AND lock_at < now() - interval '5 minutes' LIMIT 100);
-- name: keep_alive :exec
UPDATE apalis.jobs SET lock_at = now() WHERE id = $1 AND lock_by = $2;
