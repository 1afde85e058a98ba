-- name: observe :many
SELECT id AS job, 'ready' AS state FROM job UNION ALL SELECT id, 'succeeded' FROM archive;

-- name: insert_job :exec
-- Jobs of all kinds, as a busy hour leaves them.
INSERT INTO job (id, state) VALUES (@job, CASE @job::bigint % 2 WHEN 0 THEN 'active' ELSE 'completed' END);
