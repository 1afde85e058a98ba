-- name: revive_dead_executions :exec
-- An execution without a heartbeat for a while belongs to a dead scheduler; it is due again.
UPDATE scheduled_tasks SET picked = false, picked_by = NULL, last_heartbeat = NULL, version = version + 1
 WHERE picked AND last_heartbeat <= clock_timestamp() - :dead_after::interval;

-- name: lock_and_fetch :one
UPDATE scheduled_tasks SET picked = true, picked_by = :worker, last_heartbeat = clock_timestamp(), version = version + 1
 WHERE task_instance = (
         SELECT task_instance FROM scheduled_tasks WHERE NOT picked AND NOT finished
          ORDER BY task_instance LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING task_instance, version;

-- name: update_heartbeat :execrows
UPDATE scheduled_tasks SET last_heartbeat = clock_timestamp()
 WHERE task_instance = :task_instance AND picked AND version = :version;

-- name: complete :execrows
UPDATE scheduled_tasks SET finished = true, picked = false, picked_by = NULL, last_heartbeat = NULL, version = version + 1
 WHERE task_instance = :task_instance AND picked AND version = :version;
