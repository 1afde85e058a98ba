-- name: fetch_job :one
WITH next AS MATERIALIZED (
  SELECT id FROM job
   WHERE state = 'created' OR (state = 'active' AND expire_on <= clock_timestamp())
   ORDER BY id
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE job SET state = 'active', started_on = clock_timestamp(), expire_on = clock_timestamp() + :expire_in::interval
  FROM next
 WHERE job.id = next.id
RETURNING job.id, job.started_on;
