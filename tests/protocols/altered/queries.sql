-- name: alter :exec
SELECT alter_now_and_then();

-- name: look :many
SELECT id FROM jobs;
