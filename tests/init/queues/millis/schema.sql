CREATE TABLE mail_jobs (
  id text PRIMARY KEY,
  recipient text NOT NULL,
  state text NOT NULL DEFAULT 'NEW' CHECK (state IN ('NEW', 'SENDING', 'SENT', 'DEAD')),
  locked_by text,
  locked_until_ms bigint NOT NULL DEFAULT 0,
  run_at_ms bigint NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0
);
