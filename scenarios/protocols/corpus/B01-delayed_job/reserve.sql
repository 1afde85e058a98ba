-- name: reserve_job :one
-- Nothing says that the subquery runs once. Where the plan is a nested loop, it runs for each outer row, and each time it
-- skips what this statement has just updated: every ready job is locked, and the worker takes the first row.
UPDATE delayed_jobs
   SET locked_at = clock_timestamp(), locked_by = :worker
 WHERE id IN (SELECT id FROM delayed_jobs
               WHERE run_at <= clock_timestamp() AND locked_at IS NULL
               ORDER BY priority, run_at
               LIMIT 1
                 FOR UPDATE SKIP LOCKED)
RETURNING id;
