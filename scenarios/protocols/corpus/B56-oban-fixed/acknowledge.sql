-- name: tries_again :let
-- For as long as it takes: the outage ends some time, and the job belongs to nobody else.
SELECT @acknowledged::bigint IS NULL AS again, @tries::int + 1 AS tries;
