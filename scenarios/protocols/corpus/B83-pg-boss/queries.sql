-- name: expire_jobs :exec
UPDATE job SET state = 'expired' WHERE state = 'active' AND started_on < now() - interval '15 min';

-- name: archive_jobs :exec
WITH archived AS (
  DELETE FROM job WHERE state IN ('completed', 'expired') RETURNING id, state)
INSERT INTO archive (id, state) SELECT id, state FROM archived;

-- name: anything_to_do :one
SELECT EXISTS (SELECT FROM job) AS due;
