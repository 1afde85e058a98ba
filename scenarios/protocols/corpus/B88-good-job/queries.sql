-- name: still_unfinished :one
SELECT id FROM good_jobs WHERE id = :id AND finished_at IS NULL;

-- name: finish_job :execrows
UPDATE good_jobs SET finished_at = now() WHERE id = :id AND finished_at IS NULL;

-- name: insert_job :exec
INSERT INTO good_jobs (id) VALUES (@job);
