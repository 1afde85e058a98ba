-- name: lock_announced_job :one
-- Whoever has the job's lock already does not take it a second time.
SELECT CASE
         WHEN EXISTS (SELECT FROM pg_locks
                       WHERE locktype = 'advisory' AND pid = pg_backend_pid()
                         AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = :id)
         THEN true
         ELSE pg_try_advisory_lock(:id)
       END AS locked;
