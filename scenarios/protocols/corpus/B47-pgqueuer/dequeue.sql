-- name: dequeue :one
-- Whatever is picked counts against the entrypoint's limit, whether anybody still works on it or not.
WITH running AS MATERIALIZED (
  SELECT entrypoint, count(*) AS jobs FROM pgqueuer WHERE status = 'picked' GROUP BY entrypoint),
next AS MATERIALIZED (
  SELECT q.id
    FROM pgqueuer q LEFT JOIN running r USING (entrypoint)
   WHERE (q.status = 'queued' OR (q.status = 'picked' AND q.heartbeat < clock_timestamp() - :retry_timer::interval))
     AND coalesce(r.jobs, 0) < :concurrency_limit::bigint
   ORDER BY q.id
   LIMIT 1
     FOR UPDATE OF q SKIP LOCKED)
UPDATE pgqueuer
   SET status = 'picked', queue_manager = :worker, picks = picks + 1, heartbeat = clock_timestamp()
  FROM next
 WHERE pgqueuer.id = next.id
RETURNING pgqueuer.id, pgqueuer.picks;
