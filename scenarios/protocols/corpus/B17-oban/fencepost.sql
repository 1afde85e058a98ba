-- name: observe :many
SELECT id AS job,
       CASE state WHEN 'executing' THEN 'owned' WHEN 'completed' THEN 'succeeded' WHEN 'discarded' THEN 'failed' ELSE 'ready' END AS state,
       attempt AS token, CASE state WHEN 'executing' THEN attempted_by END AS owner,
       CASE state WHEN 'executing' THEN attempted_at + interval '60 s' END AS lease_until,
       CASE WHEN state IN ('available', 'retryable') THEN scheduled_at END AS ready_at, attempt AS attempts
  FROM oban_jobs;

-- name: applied :many
SELECT id AS job, address AS item, (SELECT count(*) FROM mails m WHERE m.job_id = id AND m.address = r.address) AS count
  FROM oban_jobs, recipients r;

-- name: insert_job :exec
INSERT INTO oban_jobs (id) VALUES (:job);

-- name: insert_item :exec
INSERT INTO recipients (address) VALUES (:item);
