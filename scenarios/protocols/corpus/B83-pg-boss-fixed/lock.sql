-- name: lock_maintenance :exec
-- One maintenance at a time, whatever its order.
SELECT pg_advisory_xact_lock(hashtext('pgboss'), hashtext('maintenance'));
