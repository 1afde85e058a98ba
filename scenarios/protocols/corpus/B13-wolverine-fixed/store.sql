-- name: store_incoming :one
-- The row belongs to the node that has the message in its memory.
INSERT INTO wolverine_incoming_envelopes (id, owner_id, owned_at)
VALUES ('message-' || :number, :owner_id, clock_timestamp()) RETURNING id, owned_at;
