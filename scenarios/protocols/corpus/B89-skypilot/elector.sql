-- name: try_lead :one
SELECT :daemon AS daemon, pg_try_advisory_lock(hashtext(:daemon)) AS leads;

-- name: run_once :one
UPDATE daemons SET runs = runs + 1 WHERE name = :daemon RETURNING runs;
