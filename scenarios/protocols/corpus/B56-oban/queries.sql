-- name: fetch_job :one
UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1, attempted_by = :worker   -- fencepost: ignore no-takeover Reduced to one bug: nobody looks for dead owners.
 WHERE id = (SELECT id FROM oban_jobs WHERE state = 'available' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempt;

-- name: acknowledge :one
UPDATE oban_jobs SET state = 'completed'
 WHERE id = :id AND attempt = :attempt AND attempted_by = :worker
RETURNING id AS acknowledged;
