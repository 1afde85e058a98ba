-- name: take :one
UPDATE jobs SET state = 'owned', lease_until = clock_timestamp() + interval '30 s'
 WHERE id = (SELECT min(id) FROM jobs WHERE state = 'ready')
RETURNING id;

-- name: finish :execrows
UPDATE jobs SET state = 'succeeded', lease_until = NULL WHERE id = @id;

-- name: insert_one :exec
INSERT INTO jobs DEFAULT VALUES;

-- name: tell :exec
NOTIFY new_jobs;

-- name: observe :many
SELECT id AS job, state, lease_until FROM jobs;
