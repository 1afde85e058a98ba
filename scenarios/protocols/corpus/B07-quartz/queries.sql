-- name: select_trigger_to_acquire :one
SELECT trigger_name, next_fire_time FROM qrtz_triggers
 WHERE trigger_state = 'WAITING' AND next_fire_time <= clock_timestamp()
 ORDER BY next_fire_time, trigger_name
 LIMIT 1;

-- name: insert_fired_trigger :one
INSERT INTO qrtz_fired_triggers (trigger_name, instance_name) VALUES (:trigger_name, :instance_name) RETURNING entry_id;

-- name: trigger_fired :exec
-- The job starts; its trigger waits for the next time, or is complete.
UPDATE qrtz_triggers
   SET times_left = times_left - 1, next_fire_time = next_fire_time + interval '60 s',
       trigger_state = CASE WHEN times_left > 1 THEN 'WAITING' ELSE 'COMPLETE' END
 WHERE trigger_name = :trigger_name;

-- name: delete_fired_trigger :execrows
DELETE FROM qrtz_fired_triggers WHERE entry_id = :entry_id;
