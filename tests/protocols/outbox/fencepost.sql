-- name: observe :many
-- A letter has arrived once the bookmark has passed it.
SELECT letter AS job, CASE WHEN number <= seen THEN 'succeeded' ELSE 'ready' END AS state FROM letters, bookmark;

-- name: count_them :let
SELECT @carried::int AS carried;
