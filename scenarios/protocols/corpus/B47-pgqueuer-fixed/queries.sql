-- name: update_heartbeat :execrows
-- A number alone proves nothing where the server may have lost the commit that gave it.
UPDATE pgqueuer SET heartbeat = clock_timestamp() WHERE id = :id AND status = 'picked' AND picks = :picks AND queue_manager = :worker;

-- name: log_successful :execrows
UPDATE pgqueuer SET status = 'successful', heartbeat = NULL WHERE id = :id AND status = 'picked' AND picks = :picks AND queue_manager = :worker;

-- name: log_exception :execrows
-- A job that its own worker can't do keeps no other from its turn.
UPDATE pgqueuer SET status = 'exception', heartbeat = NULL
 WHERE id = :id AND status = 'picked' AND picks = :picks AND queue_manager = :worker;
