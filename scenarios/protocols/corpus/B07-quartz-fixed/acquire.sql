-- name: acquire_trigger :execrows
-- The fire time only moves on, so the trigger is as it was seen, or it is not taken.
UPDATE qrtz_triggers SET trigger_state = 'ACQUIRED'
 WHERE trigger_name = :trigger_name AND trigger_state = 'WAITING' AND next_fire_time = :next_fire_time;
