-- name: serialize_appends :exec
-- One appender at a time, so that numbers are committed in the order in which they are given.
SELECT pg_advisory_xact_lock(hashtext('mt_events'));
