-- name: try_acquire :one
UPDATE leases SET owner = @owner, fencing_token = fencing_token + 1, expires_at = clock_timestamp() + interval '15 seconds'
 WHERE resource = 'compactor' AND (owner IS NULL OR expires_at < clock_timestamp())
RETURNING resource, fencing_token;

-- name: keep_alive :execrows
UPDATE leases SET expires_at = clock_timestamp() + interval '15 seconds'
 WHERE resource = 'compactor' AND fencing_token = @fencing_token;

-- name: give_up :execrows
UPDATE leases SET owner = NULL, expires_at = NULL WHERE resource = 'compactor' AND fencing_token = @fencing_token;
