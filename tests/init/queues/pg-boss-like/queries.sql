-- name: fetchNextJob :many
WITH next AS (
  SELECT id FROM boss WHERE name = $1 AND state < 'active' AND start_after < now()
   ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE boss j SET state = 'active', started_on = now(), retry_count = CASE WHEN started_on IS NOT NULL THEN retry_count + 1 ELSE retry_count END
  FROM next WHERE name = $1 AND j.id = next.id
RETURNING j.id, name, data;

-- name: completeJobs :execrows
UPDATE boss SET completed_on = now(), state = 'completed', output = $3::jsonb
 WHERE name = $1 AND id = $2 AND state = 'active';

-- name: failJobsById :execrows
UPDATE boss SET state = CASE WHEN retry_count < retry_limit THEN 'retry'::boss_state ELSE 'failed'::boss_state END, output = $3::jsonb
 WHERE name = $1 AND id = $2 AND state < 'completed';

-- name: failJobsByTimeout :exec
UPDATE boss SET state = CASE WHEN retry_count < retry_limit THEN 'retry'::boss_state ELSE 'failed'::boss_state END
 WHERE state = 'active' AND (started_on + expire_in) < now();
