-- name: observe :many
-- Whoever has a job's lock has the job.
SELECT j.key AS job,
       CASE WHEN j.status = 'complete' THEN 'succeeded' WHEN l.pid IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,
       CASE WHEN j.status <> 'complete' THEN s.worker END AS owner
  FROM saq_jobs j
  LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                      AND (l.classid::bigint << 32) | l.objid::bigint = j.lock_key
  LEFT JOIN fencepost.sessions s ON s.pid = l.pid;

-- name: insert_job :exec
INSERT INTO saq_jobs (key) VALUES ('saq:job:' || :job);
