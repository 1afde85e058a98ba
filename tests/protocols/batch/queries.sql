-- name: take_two :many
UPDATE jobs SET state = 'owned', lease_until = clock_timestamp() + interval '30 s'
 WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' ORDER BY id LIMIT 2)
RETURNING id;

-- name: finish :execrows
UPDATE jobs SET state = 'succeeded', done = done + 1, lease_until = NULL WHERE id = @id AND state = 'owned';

-- name: requeue :exec
UPDATE jobs SET state = 'ready' WHERE id = 1 AND state = 'succeeded';

-- name: done_twice :never
SELECT id, done FROM jobs WHERE done > 1;

-- name: observe :many
SELECT id AS job, state, lease_until FROM jobs;

-- name: insert_job :exec
INSERT INTO jobs (id) VALUES (@job::int);
