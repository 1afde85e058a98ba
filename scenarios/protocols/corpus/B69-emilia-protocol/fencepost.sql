-- name: observe :many
SELECT delivery_id AS job,
       CASE status WHEN 'sending' THEN 'owned' WHEN 'delivered' THEN 'succeeded' WHEN 'dead' THEN 'failed' ELSE 'ready' END AS state,
       claimed_at AS token, attempts,
       CASE status WHEN 'sending' THEN claimed_at + interval '60 s' END AS lease_until
  FROM receipt_deliveries;

-- name: insert_job :exec
INSERT INTO receipt_deliveries (delivery_id) VALUES (@job);

-- name: as_date_object :let
-- What the worker's language makes of a timestamp: a date of whole milliseconds.
SELECT date_trunc('milliseconds', @claimed_at::timestamptz) AS claimed_at;
