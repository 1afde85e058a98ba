-- name: heartbeat :execrows
UPDATE tasks SET heartbeat_at = clock_timestamp() WHERE id = :id AND claim = :claim AND state = 'running';

-- name: finish :execrows
UPDATE tasks SET state = 'done', worker = NULL, heartbeat_at = NULL WHERE id = :id AND claim = :claim AND state = 'running';
