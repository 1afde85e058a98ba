-- name: dequeue :one
-- One row is chosen first; only that row is locked. What is active, and nobody's lock, was left by a worker.
WITH candidate AS MATERIALIZED (
  SELECT key, lock_key FROM saq_jobs
   WHERE scheduled <= clock_timestamp()
     AND (status = 'queued'
          OR status = 'active'
             AND NOT EXISTS (SELECT FROM pg_locks
                              WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = lock_key))
   ORDER BY priority, scheduled, key
   LIMIT 1
     FOR UPDATE SKIP LOCKED),
locked AS MATERIALIZED (SELECT key FROM candidate WHERE pg_try_advisory_lock(lock_key))
UPDATE saq_jobs SET status = 'active'
  FROM locked
 WHERE saq_jobs.key = locked.key
RETURNING saq_jobs.key, saq_jobs.lock_key;
