CREATE SCHEMA apalis;
CREATE TABLE apalis.workers (id TEXT PRIMARY KEY, last_seen timestamptz NOT NULL DEFAULT now());
CREATE TABLE apalis.jobs (
  job JSONB NOT NULL,
  id TEXT NOT NULL PRIMARY KEY,
  job_type TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'Pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 25,
  run_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  last_error TEXT,
  lock_at TIMESTAMPTZ,
  lock_by TEXT,
  done_at TIMESTAMPTZ
);
