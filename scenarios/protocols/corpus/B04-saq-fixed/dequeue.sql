-- name: dequeue :one
-- One row is chosen first; only that row is locked.
WITH candidate AS MATERIALIZED (
  SELECT key, lock_key FROM saq_jobs
   WHERE status = 'queued' AND scheduled <= clock_timestamp()
   ORDER BY priority, scheduled, key
   LIMIT 1
     FOR UPDATE SKIP LOCKED),
locked AS MATERIALIZED (SELECT key FROM candidate WHERE pg_try_advisory_lock(lock_key))
UPDATE saq_jobs SET status = 'active'
  FROM locked
 WHERE saq_jobs.key = locked.key
RETURNING saq_jobs.key, saq_jobs.lock_key;
