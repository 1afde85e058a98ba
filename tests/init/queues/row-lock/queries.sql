-- name: next_email :one
SELECT id, address FROM emails WHERE sent_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: mark_sent :exec
UPDATE emails SET sent_at = now() WHERE id = $1;
