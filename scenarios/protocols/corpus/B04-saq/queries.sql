-- name: complete :execrows
UPDATE saq_jobs SET status = 'complete' WHERE key = :key AND status = 'active';

-- name: unlock :one
SELECT pg_advisory_unlock(:lock_key::bigint);
