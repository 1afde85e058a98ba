-- name: delete_from_queue :execrows
DELETE FROM queue WHERE id = :id;
