-- name: delete_from_queue :execrows
-- First of all: whoever does not run the step any more says nothing about it.
DELETE FROM queue WHERE id = :id AND running AND worker = :worker AND started_at = :started_at;
