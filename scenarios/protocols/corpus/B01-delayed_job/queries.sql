-- name: destroy_job :execrows
DELETE FROM delayed_jobs WHERE id = :id AND locked_by = :worker;
