-- name: squeeze :exec
VACUUM FULL jobs;

-- name: look :many
SELECT id FROM jobs;
