-- name: recover_messages :one
-- Those of nobody, and those of a node that has had them for too long: it is dead, or gave them up.
WITH next AS MATERIALIZED (
  SELECT id FROM wolverine_incoming_envelopes
   WHERE status = 'Incoming' AND (owner_id = 'any' OR owned_at <= clock_timestamp() - :node_timeout::interval)
   ORDER BY id
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE wolverine_incoming_envelopes SET owner_id = :owner_id, owned_at = clock_timestamp()
  FROM next
 WHERE wolverine_incoming_envelopes.id = next.id
RETURNING wolverine_incoming_envelopes.id, wolverine_incoming_envelopes.owned_at;

-- name: mark_handled :execrows
UPDATE wolverine_incoming_envelopes SET status = 'Handled'
 WHERE id = :id AND status = 'Incoming' AND owner_id = :owner_id AND owned_at = :owned_at;
