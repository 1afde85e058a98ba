-- name: recover_messages :one
WITH next AS MATERIALIZED (
  SELECT id FROM wolverine_incoming_envelopes
   WHERE status = 'Incoming' AND owner_id = 'any'
   ORDER BY id
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE wolverine_incoming_envelopes SET owner_id = :owner_id
  FROM next
 WHERE wolverine_incoming_envelopes.id = next.id
RETURNING wolverine_incoming_envelopes.id;

-- name: mark_handled :exec
UPDATE wolverine_incoming_envelopes SET status = 'Handled' WHERE id = :id;
