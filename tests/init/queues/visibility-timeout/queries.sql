-- name: EnqueueTask :one
INSERT INTO tasks (kind, payload) VALUES ($1, $2) RETURNING id;

-- name: ReceiveTask :one
UPDATE tasks SET
  status = 'running',
  visible_at = now() + sqlc.arg(visibility)::interval,
  lease_id = gen_random_uuid(),
  tries = tries + 1
WHERE id = (
  SELECT t.id FROM tasks t
  WHERE t.status IN ('queued', 'running') AND t.visible_at <= now() AND t.tries < t.max_tries
  ORDER BY t.visible_at
  FOR UPDATE SKIP LOCKED
  LIMIT 1
)
RETURNING *;

-- name: ExtendTask :execrows
UPDATE tasks SET visible_at = now() + sqlc.arg(visibility)::interval WHERE id = sqlc.arg(id) AND lease_id = sqlc.arg(lease_id);

-- name: AckTask :execrows
UPDATE tasks SET status = 'completed', lease_id = NULL WHERE id = $1 AND lease_id = $2;

-- name: NackTask :execrows
UPDATE tasks SET status = CASE WHEN tries >= max_tries THEN 'dead'::task_status ELSE 'queued'::task_status END,
  lease_id = NULL, visible_at = now() + interval '5 seconds', last_error = sqlc.narg(err)
WHERE id = @id AND lease_id = @lease_id;

-- name: CountByStatus :many
SELECT status, count(*) FROM tasks GROUP BY status;

-- name: BulkEnqueue :copyfrom
INSERT INTO tasks (kind, payload) VALUES ($1, $2);
