-- name: tries_again :let
-- Three tries, then the executor gives up; nobody else ever looks after the job.
SELECT @acknowledged::bigint IS NULL AND @tries::int < 3 AS again, @tries::int + 1 AS tries;
