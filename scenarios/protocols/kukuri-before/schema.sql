-- The seed system's tables: jobs and their checkpoints, the rows to be read, and what is made of them.
CREATE TABLE backfill_jobs (
  job_id text PRIMARY KEY,
  target text NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
  high_watermark_seq bigint,
  processed_rows bigint NOT NULL DEFAULT 0,
  error_message text,
  started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT NOW()
);
CREATE INDEX ON backfill_jobs (target, status, updated_at DESC);

CREATE TABLE backfill_checkpoints (
  job_id text NOT NULL REFERENCES backfill_jobs ON DELETE CASCADE,
  shard_key text NOT NULL,
  last_cursor text,
  updated_at timestamptz NOT NULL DEFAULT NOW(),
  PRIMARY KEY (job_id, shard_key)
);

CREATE TABLE source_rows (row_key text PRIMARY KEY, seq bigserial);
CREATE TABLE community_terms (term text PRIMARY KEY, uses bigint NOT NULL DEFAULT 1);
CREATE TABLE post_search_documents (post_id text PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT NOW());
