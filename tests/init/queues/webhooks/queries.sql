-- name: claim_delivery :one
UPDATE webhook_delivery d SET state = 'in_flight', claimed_until = now() + interval '1 minute', attempt_no = d.attempt_no + 1
  FROM (SELECT id FROM webhook_delivery WHERE (state = 'scheduled' AND next_attempt_at <= now()) OR (state = 'in_flight' AND claimed_until <= now())
         ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED) due
 WHERE d.id = due.id
RETURNING d.id AS delivery_id, d.url, d.attempt_no;
-- name: record_attempt :exec
INSERT INTO webhook_attempt (delivery_id, attempt_no, response_code) VALUES (:delivery_id, :attempt_no, :code);
-- name: delivered :execrows
UPDATE webhook_delivery SET state = 'delivered', claimed_until = NULL WHERE id = :delivery_id AND attempt_no = :attempt_no;
-- name: backoff :execrows
UPDATE webhook_delivery SET state = CASE WHEN attempt_no >= 8 THEN 'exhausted' ELSE 'scheduled' END, claimed_until = NULL, next_attempt_at = now() + interval '30 s'
 WHERE id = :delivery_id AND attempt_no = :attempt_no;
