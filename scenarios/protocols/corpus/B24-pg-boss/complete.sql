-- name: complete_job :execrows
UPDATE job SET state = 'completed' WHERE id = :id AND state = 'active';
