-- name: reserve_job :one
-- A materialized common table expression runs once, whatever the plan.
WITH next AS MATERIALIZED (
  SELECT id FROM delayed_jobs
   WHERE run_at <= clock_timestamp() AND locked_at IS NULL
   ORDER BY priority, run_at
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE delayed_jobs
   SET locked_at = clock_timestamp(), locked_by = :worker
  FROM next
 WHERE delayed_jobs.id = next.id
RETURNING delayed_jobs.id;
