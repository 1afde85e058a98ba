-- name: pick_due_task :one
UPDATE scheduled_task SET locked_by = :me, locked_until = now() + interval '10 minutes'
 WHERE name = (SELECT name FROM scheduled_task WHERE next_run_at <= now() AND (locked_until IS NULL OR locked_until < now())
               ORDER BY next_run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING name;
-- name: ran_ok :execrows
UPDATE scheduled_task SET locked_by = NULL, locked_until = NULL, last_success = now(), consecutive_failures = 0, next_run_at = now() + every
 WHERE name = :name AND locked_by = :me;
-- name: ran_badly :execrows
UPDATE scheduled_task SET locked_by = NULL, locked_until = NULL, consecutive_failures = consecutive_failures + 1, next_run_at = now() + interval '1 minute'
 WHERE name = :name AND locked_by = :me;
