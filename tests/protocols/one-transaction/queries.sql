-- name: pick_up :one
DELETE FROM parcels WHERE parcel = (SELECT parcel FROM parcels ORDER BY parcel LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING parcel;

-- name: sign_for :exec
INSERT INTO signatures (courier, parcel) VALUES ($2, $1);

-- name: observe :many
SELECT parcel AS job, 'ready' AS state FROM parcels;

-- name: applied :many
SELECT parcel AS job, parcel AS item, count(*) AS count FROM signatures GROUP BY parcel;

-- name: insert_job :exec
INSERT INTO parcels VALUES ($1);
