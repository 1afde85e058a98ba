CREATE TABLE jobs (
  id bigserial PRIMARY KEY,
  handler text NOT NULL,
  queue text NOT NULL DEFAULT 'default',
  run_at timestamptz,
  locked_at timestamptz,
  locked_by text,
  failed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
