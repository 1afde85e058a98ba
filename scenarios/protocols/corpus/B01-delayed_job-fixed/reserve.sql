-- name: reserve_job :one
-- A materialized common table expression runs once, whatever the plan. What has been locked for too long is free again: its
-- worker is dead, or gave it up.
WITH next AS MATERIALIZED (
  SELECT id FROM delayed_jobs
   WHERE run_at <= clock_timestamp() AND (locked_at IS NULL OR locked_at <= clock_timestamp() - :max_run_time::interval)
   ORDER BY priority, run_at
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE delayed_jobs
   SET locked_at = clock_timestamp(), locked_by = :worker
  FROM next
 WHERE delayed_jobs.id = next.id
RETURNING delayed_jobs.id, delayed_jobs.locked_at;

-- name: destroy_job :execrows
DELETE FROM delayed_jobs WHERE id = :id AND locked_by = :worker AND locked_at = :locked_at;
