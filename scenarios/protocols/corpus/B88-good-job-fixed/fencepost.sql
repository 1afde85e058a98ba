-- name: observe :many
SELECT id AS job, CASE WHEN finished_at IS NULL THEN 'ready' ELSE 'succeeded' END AS state FROM good_jobs;
