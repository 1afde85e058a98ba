-- name: observe :many
-- An unlock cuts lock_until short; the row stays its last owner's.
SELECT name AS job, 'owned' AS state, locked_by AS owner, locked_at AS token, lock_until AS lease_until FROM shedlock;
