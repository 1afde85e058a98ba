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
UPDATE pgqueuer SET heartbeat = clock_timestamp() WHERE id = :id AND status = 'picked' AND picks = :picks;

-- name: log_successful :execrows
UPDATE pgqueuer SET status = 'successful', heartbeat = NULL WHERE id = :id AND status = 'picked' AND picks = :picks;
