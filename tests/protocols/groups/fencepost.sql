-- name: observe :many
SELECT ride_id AS job, CASE state WHEN 'afloat' THEN 'owned' WHEN 'ashore' THEN 'succeeded' ELSE 'ready' END AS state,
       rider AS owner, epoch AS token, until AS lease_until, boat AS "group", seats AS cap
  FROM rides JOIN boats USING (boat);

-- name: insert_job :exec
INSERT INTO rides (ride_id, boat) VALUES (@job, CASE @job::bigint % 2 WHEN 0 THEN 'kayak' ELSE 'canoe' END);

-- name: boats_never_sink :never
SELECT boat FROM rides JOIN boats USING (boat) WHERE state = 'afloat' GROUP BY boat, seats HAVING count(*) > seats;
