-- name: fetch_job :one
-- What has been executing for too long is fetched again: its node is dead, or gave it up.
UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1, attempted_by = :worker, attempted_at = clock_timestamp()
 WHERE id = (SELECT id FROM oban_jobs
              WHERE state = 'available' OR (state = 'executing' AND attempted_at <= clock_timestamp() - :rescue_after::interval)
              ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempt;

-- name: acknowledge :one
UPDATE oban_jobs SET state = 'completed'
 WHERE id = :id AND state = 'executing' AND attempt = :attempt AND attempted_by = :worker
RETURNING id AS acknowledged;
