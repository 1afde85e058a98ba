-- name: next_job :one
SELECT id FROM jobs
 WHERE queue = :queue AND (run_at IS NULL OR run_at <= clock_timestamp()) AND locked_at IS NULL AND failed_at IS NULL
 ORDER BY created_at, id
 LIMIT 1;

-- name: finish :execrows
DELETE FROM jobs WHERE id = :id AND locked_by = :worker;
