-- name: observe :many
-- Whoever holds either lock of a job owns it; of two owners, the one of the new version is shown.
SELECT j.id AS job,
       CASE WHEN j.finished_at IS NOT NULL THEN 'succeeded' WHEN l.worker IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,
       CASE WHEN j.finished_at IS NULL THEN l.worker END AS owner
  FROM good_jobs j
  LEFT JOIN LATERAL (
         SELECT s.worker
           FROM pg_locks k JOIN fencepost.sessions s USING (pid)
          WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 2
            AND (k.classid::bigint::bit(32)::int, k.objid::bigint)
                IN ((hashtext('good_jobs'), j.id), (hashtext('good_jobs-active_job_id'), j.active_job_id))
          ORDER BY k.classid::bigint::bit(32)::int = hashtext('good_jobs-active_job_id') DESC
          LIMIT 1) l ON true;

-- name: insert_job :exec
INSERT INTO good_jobs (id, active_job_id) VALUES (@job, 1000 + @job::bigint);
