-- name: selectEnqueued :many
SELECT id, version, jobasjson FROM jr_jobs WHERE state = 'ENQUEUED' ORDER BY updatedat LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: startProcessing :execrows
UPDATE jr_jobs SET version = :version + 1, state = 'PROCESSING', updatedat = now() WHERE id = :id AND version = :version;

-- name: updateHeartbeat :execrows
UPDATE jr_jobs SET updatedat = now() WHERE id = :id AND state = 'PROCESSING';

-- name: jobSucceeded :execrows
UPDATE jr_jobs SET version = version + 1, state = 'SUCCEEDED', updatedat = now() WHERE id = :id AND version = :version;

-- name: jobFailed :execrows
UPDATE jr_jobs SET version = version + 1, state = 'FAILED', updatedat = now() WHERE id = :id AND version = :version;

-- name: rescheduleOrphans :execrows
UPDATE jr_jobs SET version = version + 1, state = 'ENQUEUED', updatedat = now()
 WHERE state = 'PROCESSING' AND updatedat < now() - interval '60 seconds';
