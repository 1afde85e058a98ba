-- name: observe :many
SELECT id AS job, 'ready' AS state, n AS progress FROM counter WHERE id = 1;

-- name: touch :execrows
UPDATE counter SET n = n + 1 WHERE id = 1;
