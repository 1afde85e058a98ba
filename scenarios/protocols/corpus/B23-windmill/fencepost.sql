-- name: observe :many
-- A flow of one step; the flow is held by whoever runs the step.
SELECT f.id AS job,
       CASE f.status WHEN 'Success' THEN 'succeeded' WHEN 'Failure' THEN 'failed'
                     ELSE CASE WHEN q.running THEN 'owned' ELSE 'ready' END END AS state,
       q.worker AS owner, q.started_at AS token, CASE WHEN q.running THEN q.last_ping + interval '30 s' END AS lease_until
  FROM flow f LEFT JOIN queue q ON q.parent_job = f.id;

-- name: insert_job :exec
WITH parent AS (INSERT INTO flow (id) VALUES ('flow-' || :job) RETURNING id)
INSERT INTO queue (id, parent_job) SELECT id || '-step', id FROM parent;
