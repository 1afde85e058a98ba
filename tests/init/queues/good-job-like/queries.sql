-- name: perform_next
WITH candidates AS MATERIALIZED (
  SELECT id FROM background_jobs
   WHERE finished_at IS NULL AND (scheduled_at <= now() OR scheduled_at IS NULL)
   ORDER BY priority DESC NULLS LAST, created_at
)
SELECT background_jobs.* FROM background_jobs
 WHERE background_jobs.id IN (
   SELECT id FROM candidates
    WHERE pg_try_advisory_lock(('x' || substr(md5('background_jobs-' || id::text), 1, 16))::bit(64)::bigint)
    LIMIT 1);

-- name: mark_performing
UPDATE background_jobs SET performed_at = now(), executions_count = COALESCE(executions_count, 0) + 1, updated_at = now() WHERE id = :id;

-- name: mark_finished
UPDATE background_jobs SET finished_at = now(), error = NULL, updated_at = now() WHERE id = :id;

-- name: record_error
UPDATE background_jobs SET error = :error, scheduled_at = now() + interval '15 seconds', updated_at = now() WHERE id = :id;

-- name: advisory_unlock
SELECT pg_advisory_unlock(('x' || substr(md5('background_jobs-' || :id::text), 1, 16))::bit(64)::bigint);
