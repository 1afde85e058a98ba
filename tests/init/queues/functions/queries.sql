-- name: fetch_job :one
SELECT id, status, task_name, args, attempts FROM fetch_job(:queue, :worker_id) WHERE id IS NOT NULL;
-- name: finish_job :one
SELECT finish_job(:job_id, 'succeeded');
-- name: fail_job :one
SELECT finish_job(:job_id, 'failed');
-- name: select_stalled_jobs :many
SELECT id FROM jobs JOIN workers w ON w.id = jobs.worker_id WHERE status = 'doing' AND w.last_heartbeat < now() - interval '30 s';
