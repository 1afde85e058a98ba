-- name: update_heartbeat :execrows
UPDATE pgqueuer SET heartbeat = clock_timestamp() WHERE id = :id AND status = 'picked' AND picks = :picks;

-- name: log_successful :execrows
UPDATE pgqueuer SET status = 'successful', heartbeat = NULL WHERE id = :id AND status = 'picked' AND picks = :picks;
