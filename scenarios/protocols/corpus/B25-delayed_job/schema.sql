CREATE TABLE delayed_jobs (
  id bigint PRIMARY KEY,
  run_at timestamptz NOT NULL DEFAULT now(),
  attempts int NOT NULL DEFAULT 0,
  locked_at timestamptz,
  locked_by text,
  last_error text
);
CREATE TABLE invoices_sent (job_id bigint NOT NULL);
