-- name: observe :many
SELECT seat AS job, 'owned' AS state, holder AS owner, since AS token, until AS lease_until FROM seats;
