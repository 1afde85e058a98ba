-- name: claim_delivery :one
-- The token has no more digits than the worker can carry.
UPDATE receipt_deliveries
   SET status = 'sending', attempts = attempts + 1, claimed_at = date_trunc('milliseconds', clock_timestamp())
 WHERE delivery_id = (
         SELECT delivery_id FROM receipt_deliveries
          WHERE attempts < :max_attempts
            AND (status = 'pending' OR (status = 'sending' AND claimed_at <= clock_timestamp() - :lease::interval))
          ORDER BY delivery_id
          LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING delivery_id, claimed_at;
