-- name: tries_again :let
-- For as long as the job is its own.
SELECT @acknowledged::bigint IS NULL AND @tries::int < 150 AS again, @tries::int + 1 AS tries;
