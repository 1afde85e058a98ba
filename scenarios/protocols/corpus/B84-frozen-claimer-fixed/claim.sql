-- name: claim_task :one
-- One statement, which commits by itself: no lock waits for the claimer's next word.
WITH next AS MATERIALIZED (
  SELECT id FROM tasks
   WHERE state = 'queued' OR (state = 'running' AND heartbeat_at <= clock_timestamp() - :lease::interval)
   ORDER BY id
   LIMIT 1
     FOR UPDATE SKIP LOCKED)
UPDATE tasks SET state = 'running', claim = claim + 1, worker = :worker, heartbeat_at = clock_timestamp()
  FROM next
 WHERE tasks.id = next.id
RETURNING tasks.id, tasks.claim;
