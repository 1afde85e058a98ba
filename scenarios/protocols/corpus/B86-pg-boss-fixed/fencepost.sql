-- name: observe :many
SELECT id AS job, CASE state WHEN 'created' THEN 'ready' WHEN 'active' THEN 'owned' ELSE 'succeeded' END AS state,
       started_on AS token, CASE state WHEN 'active' THEN started_on + interval '5 min' END AS lease_until,
       group_id AS "group", group_limit AS cap
  FROM job JOIN queue USING (name);

-- name: insert_job :exec
INSERT INTO job (id, name, group_id) VALUES (:job, 'mail', 'customer-' || :job::bigint % 2);
