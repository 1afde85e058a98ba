CREATE TABLE delayed_jobs (
  id bigserial PRIMARY KEY,
  priority integer DEFAULT 0 NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  handler text NOT NULL,
  last_error text,
  run_at timestamptz,
  locked_at timestamptz,
  failed_at timestamptz,
  locked_by character varying,
  queue character varying
);
