-- name: Dequeue :one
UPDATE hangfire.jobqueue SET fetchedat = NOW()
WHERE id = (
  SELECT id FROM hangfire.jobqueue
  WHERE queue = ANY (ARRAY['default']) AND (fetchedat IS NULL OR fetchedat < NOW() + INTERVAL '-1800 seconds')
  ORDER BY fetchedat NULLS FIRST, queue, jobid LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id AS "Id", jobid AS "JobId", queue AS "Queue", fetchedat AS "FetchedAt";

-- name: RemoveFromQueue :execrows
DELETE FROM hangfire.jobqueue WHERE id = @Id AND fetchedat = @FetchedAt;

-- name: Requeue :execrows
UPDATE hangfire.jobqueue SET fetchedat = NULL WHERE id = @Id AND fetchedat = @FetchedAt;

-- name: KeepAlive :one
UPDATE hangfire.jobqueue SET fetchedat = NOW() WHERE id = @Id AND fetchedat = @FetchedAt RETURNING fetchedat AS "FetchedAt";
