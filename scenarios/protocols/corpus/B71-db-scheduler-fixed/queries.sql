-- name: lock_and_fetch :one
-- Due, or picked by a scheduler that has been silent for so long that it must be dead.
UPDATE scheduled_tasks SET picked = true, picked_by = :worker, last_heartbeat = clock_timestamp(), version = version + 1
 WHERE task_instance = (
         SELECT task_instance FROM scheduled_tasks
          WHERE NOT finished AND (NOT picked OR last_heartbeat <= clock_timestamp() - :dead_after::interval)
          ORDER BY task_instance LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING task_instance, version;

-- name: update_heartbeat :execrows
-- A version alone proves nothing where the server may have lost the commit that gave it.
UPDATE scheduled_tasks SET last_heartbeat = clock_timestamp()
 WHERE task_instance = :task_instance AND picked AND version = :version AND picked_by = :worker;

-- name: complete :execrows
UPDATE scheduled_tasks SET finished = true, picked = false, picked_by = NULL, last_heartbeat = NULL, version = version + 1
 WHERE task_instance = :task_instance AND picked AND version = :version AND picked_by = :worker;
