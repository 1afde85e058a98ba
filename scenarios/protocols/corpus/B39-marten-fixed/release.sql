-- name: release_lock :one
SELECT pg_advisory_unlock(hashtext(:shard));

-- name: which_session :one
SELECT pg_backend_pid() AS pid;

-- name: has_lock :one
-- Whether the session that took the lock has it still, asked on another one.
SELECT EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND pid = :pid AND objsubid = 1
                  AND objid::bigint = hashtext(:shard)::bigint & 4294967295) AS has;
