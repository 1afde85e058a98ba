-- name: recover_triggers :exec
-- What was fired too long ago was fired by an instance that is dead, or gave it up; what it only acquired waits again.
WITH gone AS (
  DELETE FROM qrtz_fired_triggers
   WHERE entry_id IN (SELECT entry_id FROM qrtz_fired_triggers WHERE fired_at <= clock_timestamp() - :dead_after::interval
                         FOR UPDATE SKIP LOCKED)
  RETURNING trigger_name)
UPDATE qrtz_triggers SET trigger_state = 'WAITING'
  FROM gone
 WHERE qrtz_triggers.trigger_name = gone.trigger_name AND trigger_state = 'ACQUIRED';

-- name: select_trigger_to_acquire :one
SELECT trigger_name, next_fire_time FROM qrtz_triggers
 WHERE trigger_state = 'WAITING' AND next_fire_time <= clock_timestamp()
   AND NOT EXISTS (SELECT FROM qrtz_fired_triggers f WHERE f.trigger_name = qrtz_triggers.trigger_name)
 ORDER BY next_fire_time, trigger_name
 LIMIT 1;

-- name: insert_fired_trigger :one
INSERT INTO qrtz_fired_triggers (trigger_name, instance_name, fired_at) VALUES (:trigger_name, :instance_name, clock_timestamp())
RETURNING entry_id;

-- name: trigger_fired :execrows
-- The job starts; its trigger waits for the next time, or is complete. The lock keeps whoever recovers it out.
WITH fired AS (
  SELECT trigger_name FROM qrtz_fired_triggers WHERE entry_id = :entry_id AND instance_name = :instance_name FOR UPDATE)
UPDATE qrtz_triggers
   SET times_left = times_left - 1, next_fire_time = next_fire_time + interval '60 s',
       trigger_state = CASE WHEN times_left > 1 THEN 'WAITING' ELSE 'COMPLETE' END
  FROM fired
 WHERE qrtz_triggers.trigger_name = fired.trigger_name AND trigger_state = 'ACQUIRED';

-- name: delete_fired_trigger :execrows
-- What was only acquired, and came to nothing, waits again.
WITH gone AS (
  DELETE FROM qrtz_fired_triggers WHERE entry_id = :entry_id AND instance_name = :instance_name RETURNING trigger_name)
UPDATE qrtz_triggers SET trigger_state = CASE trigger_state WHEN 'ACQUIRED' THEN 'WAITING' ELSE trigger_state END
  FROM gone
 WHERE qrtz_triggers.trigger_name = gone.trigger_name;
