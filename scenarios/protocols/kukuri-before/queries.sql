-- What the worker ran before the fix: pending and failed jobs are claimed, and writes are guarded by job_id alone.

-- name: pick_job :one
SELECT job_id, target, high_watermark_seq, processed_rows
  FROM backfill_jobs
 WHERE target = :target
   AND status IN ('pending', 'failed')
 ORDER BY updated_at
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- name: take_job :one
UPDATE backfill_jobs
   SET status = 'running', started_at = COALESCE(started_at, NOW()), completed_at = NULL, error_message = NULL, updated_at = NOW()
 WHERE job_id = :job_id
RETURNING started_at;

-- name: count_candidates :one
SELECT count(*) AS candidates
  FROM source_rows
 WHERE :high_watermark_seq::bigint IS NULL OR seq <= :high_watermark_seq::bigint;

-- name: load_checkpoint :one
SELECT last_cursor FROM backfill_checkpoints WHERE job_id = :job_id AND shard_key = 'all';

-- name: fetch_chunk :many
SELECT row_key
  FROM source_rows
 WHERE (:last_cursor::text IS NULL OR row_key > :last_cursor)
   AND (:high_watermark_seq::bigint IS NULL OR seq <= :high_watermark_seq::bigint)
 ORDER BY row_key
 LIMIT :chunk;

-- name: upsert_term :exec
INSERT INTO community_terms (term) VALUES (:row_key)
ON CONFLICT (term) DO UPDATE SET uses = community_terms.uses;

-- name: upsert_document :exec
INSERT INTO post_search_documents (post_id) VALUES (:row_key)
ON CONFLICT (post_id) DO UPDATE SET updated_at = NOW();

-- name: save_checkpoint :exec
INSERT INTO backfill_checkpoints (job_id, shard_key, last_cursor, updated_at)
VALUES (:job_id, 'all', :last_cursor, NOW())
ON CONFLICT (job_id, shard_key) DO UPDATE SET last_cursor = EXCLUDED.last_cursor, updated_at = NOW();

-- name: save_progress :execrows
UPDATE backfill_jobs
   SET processed_rows = :processed_rows, updated_at = NOW()
 WHERE job_id = :job_id;

-- name: mark_succeeded :execrows
UPDATE backfill_jobs
   SET status = 'succeeded', completed_at = NOW(), updated_at = NOW()
 WHERE job_id = :job_id;

-- name: mark_failed :execrows
UPDATE backfill_jobs
   SET status = 'failed', error_message = :error_message, completed_at = NOW(), updated_at = NOW()
 WHERE job_id = :job_id;
