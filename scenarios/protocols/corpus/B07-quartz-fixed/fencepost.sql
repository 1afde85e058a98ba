-- name: observe :many
-- A trigger is held by the instance that fires it; where there are two, by the later one.
SELECT t.trigger_name AS job,
       CASE WHEN f.entry_id IS NOT NULL THEN 'owned' WHEN trigger_state = 'COMPLETE' THEN 'succeeded' ELSE 'ready' END AS state,
       f.instance_name AS owner, f.entry_id AS token, f.fired_at + interval '5 min' AS lease_until,
       CASE WHEN f.entry_id IS NULL AND trigger_state = 'WAITING' THEN next_fire_time END AS ready_at
  FROM qrtz_triggers t
  LEFT JOIN LATERAL (SELECT entry_id, instance_name, fired_at FROM qrtz_fired_triggers WHERE trigger_name = t.trigger_name
                      ORDER BY entry_id DESC LIMIT 1) f ON true;

-- name: insert_job :exec
INSERT INTO qrtz_triggers (trigger_name) VALUES ('trigger-' || :job);
