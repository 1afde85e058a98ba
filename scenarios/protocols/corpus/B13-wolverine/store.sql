-- name: store_incoming :one
-- The row belongs to any node, although the message is in this node's memory.
INSERT INTO wolverine_incoming_envelopes (id, owner_id) VALUES ('message-' || :number, 'any') RETURNING id;
