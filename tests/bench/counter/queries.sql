-- name: observe :many
SELECT 'counter' AS job, 'ready' AS state WHERE false;

-- name: touch :execrows
UPDATE counter SET n = n + 1 WHERE id = 1;
