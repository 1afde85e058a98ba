-- name: bury_exhausted :exec
UPDATE receipt_deliveries SET status = 'dead'
 WHERE status = 'sending' AND attempts >= :max_attempts AND claimed_at <= clock_timestamp() - :lease::interval;

-- name: mark_delivered :execrows
UPDATE receipt_deliveries SET status = 'delivered', delivered_at = clock_timestamp()
 WHERE delivery_id = :delivery_id AND status = 'sending' AND claimed_at = :claimed_at;
