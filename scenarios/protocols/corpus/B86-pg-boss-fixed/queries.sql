-- name: expire_jobs :exec
-- What has been active for too long waits again: its worker is dead, or gave it up.
UPDATE job SET state = 'created', started_on = NULL WHERE state = 'active' AND started_on <= clock_timestamp() - :expire_in::interval;

-- name: fetch_job :one
-- A job of a group that has fewer active ones than its limit, as far as this statement's snapshot shows.
WITH active AS MATERIALIZED (
  SELECT group_id, count(*) AS jobs FROM job WHERE name = :queue AND state = 'active' GROUP BY group_id),
next AS MATERIALIZED (
  SELECT j.id FROM job j JOIN queue q ON q.name = j.name LEFT JOIN active a USING (group_id)
   WHERE j.name = :queue AND j.state = 'created' AND coalesce(a.jobs, 0) < q.group_limit
   ORDER BY j.id
   LIMIT 1
     FOR UPDATE OF j SKIP LOCKED)
UPDATE job SET state = 'active', started_on = clock_timestamp()
  FROM next
 WHERE job.id = next.id
RETURNING job.id, job.started_on;

-- name: complete_job :execrows
UPDATE job SET state = 'completed' WHERE id = :id AND state = 'active' AND started_on = :started_on;
