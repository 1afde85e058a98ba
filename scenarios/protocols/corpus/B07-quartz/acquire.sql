-- name: acquire_trigger :execrows
-- WAITING now is not the WAITING of before: in between the trigger may have fired, and wait for its next time.
UPDATE qrtz_triggers SET trigger_state = 'ACQUIRED' WHERE trigger_name = :trigger_name AND trigger_state = 'WAITING';
