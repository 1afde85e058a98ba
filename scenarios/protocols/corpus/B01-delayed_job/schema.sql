CREATE TABLE delayed_jobs (
  id bigserial PRIMARY KEY,
  priority int NOT NULL DEFAULT 0,
  handler text NOT NULL,
  run_at timestamptz NOT NULL DEFAULT now(),
  locked_at timestamptz,
  locked_by text
);
CREATE INDEX delayed_jobs_priority ON delayed_jobs (priority, run_at);
