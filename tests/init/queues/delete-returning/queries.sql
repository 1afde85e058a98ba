-- name: next_mail :one
DELETE FROM outgoing WHERE id = (SELECT id FROM outgoing ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, recipient, body;
