-- name: observe :many
-- A job that failed because its source seems to have changed is dropped: nobody did it, and no record says that it is owed.
SELECT job_id AS job,
       CASE status WHEN 'leased' THEN 'owned' WHEN 'done' THEN 'succeeded' WHEN 'failed' THEN 'failed' ELSE 'ready' END AS state,
       epoch AS token, leased_by AS owner, lease_until
  FROM enrichment_jobs
 WHERE failure IS DISTINCT FROM 'source_changed';

-- name: insert_job :exec
-- All jobs were made before the rollout.
INSERT INTO enrichment_jobs (job_id, fingerprint) VALUES (@job, 'model-a');

-- name: same_pipeline :let
SELECT @fingerprint::text = @pipeline::text AS same;
