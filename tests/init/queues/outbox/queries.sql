-- name: FetchUnpublished :many
SELECT id, topic, payload FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED;
-- name: MarkPublished :execrows
UPDATE outbox SET published_at = now() WHERE id = $1;
