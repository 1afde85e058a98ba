-- name: complete_job :execrows
UPDATE job SET state = 'completed' WHERE id = :id AND state = 'active' AND started_on = :started_on;

-- name: touch_job :execrows
-- The heartbeat of a job that takes longer than its visibility time.
UPDATE job SET expire_on = clock_timestamp() + :expire_in::interval WHERE id = :id AND state = 'active' AND started_on = :started_on;
