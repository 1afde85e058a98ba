-- name: fetch_jobs :many
WITH subset AS MATERIALIZED (
  SELECT id FROM oban_work WHERE state = 'available' AND queue = $1 AND attempt < max_attempts
   ORDER BY scheduled_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE oban_work j SET state = 'executing', attempted_at = timezone('UTC', now()), attempted_by = $3, attempt = attempt + 1
  FROM subset s WHERE j.id = s.id
RETURNING j.*;

-- name: complete_job :exec
UPDATE oban_work SET state = 'completed', completed_at = timezone('UTC', now()) WHERE id = $1;

-- name: error_job :exec
UPDATE oban_work SET state = 'retryable', scheduled_at = $2, errors = errors || $3::jsonb WHERE id = $1;

-- name: discard_job :exec
UPDATE oban_work SET state = 'discarded', discarded_at = timezone('UTC', now()) WHERE id = $1;

-- name: stage_jobs :exec
UPDATE oban_work SET state = 'available' WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= timezone('UTC', now());

-- name: rescue_orphans :exec
UPDATE oban_work SET state = CASE WHEN attempt < max_attempts THEN 'available'::oban_state ELSE 'discarded'::oban_state END
 WHERE state = 'executing' AND attempted_at < timezone('UTC', now()) - interval '30 minutes';
