CREATE TABLE scheduled_task (
  name text PRIMARY KEY,
  every interval NOT NULL DEFAULT '1 hour',
  next_run_at timestamptz NOT NULL,
  locked_by text,
  locked_until timestamptz,
  last_success timestamptz,
  consecutive_failures int NOT NULL DEFAULT 0
);
