-- name: lock_announced_job :one
-- A job comes over LISTEN too, from a trigger, and is locked as it comes in.
SELECT pg_try_advisory_lock(:id) AS locked;
