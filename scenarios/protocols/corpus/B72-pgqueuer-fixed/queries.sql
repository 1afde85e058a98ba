-- name: give_up :exec
-- What was picked for the last time, and abandoned, is not picked again.
UPDATE pgqueuer SET status = 'exception', heartbeat = NULL
 WHERE status = 'picked' AND picks >= :max_picks AND heartbeat < clock_timestamp() - :retry_timer::interval;

-- name: dequeue :one
UPDATE pgqueuer
   SET status = 'picked', queue_manager = :worker, picks = picks + 1, heartbeat = clock_timestamp()
 WHERE id = (
         SELECT id FROM pgqueuer
          WHERE picks < :max_picks
            AND (status = 'queued' OR (status = 'picked' AND heartbeat < clock_timestamp() - :retry_timer::interval))
          ORDER BY id
          LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING id, picks;

-- name: update_heartbeat :execrows
-- A number alone proves nothing where the server may have lost the commit that gave it.
UPDATE pgqueuer SET heartbeat = clock_timestamp() WHERE id = :id AND status = 'picked' AND picks = :picks AND queue_manager = :worker;

-- name: log_successful :execrows
UPDATE pgqueuer SET status = 'successful', heartbeat = NULL
 WHERE id = :id AND status = 'picked' AND picks = :picks AND queue_manager = :worker;
