-- What fencepost needs to know of these tables.

-- name: observe :many
-- Nothing ends a claim, so there is no lease_until, and started_at is kept over claims, so there is no token.
-- A failed job is claimed again, so it is ready. The cursor is a position: how many source rows are at or before it.
SELECT j.job_id AS job,
       CASE j.status WHEN 'running' THEN 'owned' WHEN 'succeeded' THEN 'succeeded' ELSE 'ready' END AS state,
       j.processed_rows AS progress,
       (SELECT count(*) FROM source_rows WHERE row_key <= c.last_cursor) AS cursor
  FROM backfill_jobs j
  LEFT JOIN backfill_checkpoints c ON c.job_id = j.job_id AND c.shard_key = 'all';

-- name: applied :many
SELECT job_id AS job, row_key AS item,
       (SELECT count(*) FROM post_search_documents WHERE post_id = row_key) AS count
  FROM backfill_jobs, source_rows
 WHERE high_watermark_seq IS NULL OR seq <= high_watermark_seq;

-- name: insert_job :exec
INSERT INTO backfill_jobs (job_id, target) VALUES (@job, 'post_search_documents');

-- name: insert_item :exec
INSERT INTO source_rows (row_key) VALUES (to_char(@item::int, 'FM00000'));

-- name: tally :let
-- What the worker computes in memory between two statements.
SELECT @processed_rows::bigint + @rows::bigint AS processed_rows, @row_key::text AS last_cursor;
