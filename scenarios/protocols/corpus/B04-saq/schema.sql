CREATE TABLE saq_jobs (
  key text PRIMARY KEY,
  lock_key bigserial,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'active', 'complete')),
  priority int NOT NULL DEFAULT 0,
  scheduled timestamptz NOT NULL DEFAULT now()
);
