CREATE TABLE oban_jobs (
  id bigserial PRIMARY KEY,
  state text NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'executing', 'retryable', 'completed', 'discarded')),
  attempt int NOT NULL DEFAULT 0,
  max_attempts int NOT NULL DEFAULT 2,
  attempted_at timestamptz,
  attempted_by text,
  scheduled_at timestamptz NOT NULL DEFAULT now(),
  error text
);
CREATE TABLE recipients (address text PRIMARY KEY);
CREATE TABLE mails (job_id bigint NOT NULL, address text NOT NULL);
