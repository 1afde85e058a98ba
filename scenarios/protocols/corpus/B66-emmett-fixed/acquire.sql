-- name: try_acquire :one
-- The same, by the real time: now() stands still for as long as the transaction lasts.
WITH free AS MATERIALIZED (
  SELECT processor_id FROM emt_processors
   WHERE processor_id = :processor
     AND (status = 'stopped' OR (status = 'running' AND last_updated <= clock_timestamp() - :lock_timeout::interval))
     FOR UPDATE SKIP LOCKED),
acquired AS (
  UPDATE emt_processors p
     SET status = 'running', instance_id = :worker, epoch = epoch + 1, last_updated = clock_timestamp()
    FROM free
   WHERE p.processor_id = free.processor_id
  RETURNING p.epoch)
SELECT p.processor_id, a.epoch, a.epoch IS NULL AS taken
  FROM emt_processors p LEFT JOIN acquired a ON true
 WHERE p.processor_id = :processor AND p.status <> 'completed';
