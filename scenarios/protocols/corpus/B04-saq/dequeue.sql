-- name: dequeue :one
-- The lock function stands in WHERE, and so runs for every row that is scanned, also for those that LIMIT leaves out.
UPDATE saq_jobs SET status = 'active'
 WHERE key = (SELECT key FROM saq_jobs
               WHERE status = 'queued' AND scheduled <= clock_timestamp() AND pg_try_advisory_lock(lock_key)
               ORDER BY priority, scheduled, key
               LIMIT 1
                 FOR UPDATE SKIP LOCKED)
RETURNING key, lock_key;
