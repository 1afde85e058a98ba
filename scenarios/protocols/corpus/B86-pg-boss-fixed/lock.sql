-- name: lock_queue :exec
-- Whoever counts and claims, does so alone; the next statement's snapshot is taken when the lock is there.
SELECT pg_advisory_xact_lock(hashtext('fetch ' || :queue));
