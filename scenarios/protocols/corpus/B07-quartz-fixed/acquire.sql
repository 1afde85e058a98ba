-- name: acquire_trigger :execrows
-- The fire time only moves on, so the trigger is as it was seen, or it is not taken; nor is it while its job still runs.
UPDATE qrtz_triggers SET trigger_state = 'ACQUIRED'
 WHERE trigger_name = :trigger_name AND trigger_state = 'WAITING' AND next_fire_time = :next_fire_time
   AND NOT EXISTS (SELECT FROM qrtz_fired_triggers f WHERE f.trigger_name = qrtz_triggers.trigger_name);
