CREATE TABLE queue_job (
  id bigserial PRIMARY KEY,
  uuid text NOT NULL UNIQUE,
  method_name text NOT NULL,
  state text NOT NULL DEFAULT 'enqueued' CHECK (state IN ('enqueued', 'started', 'done')),
  worker text,
  date_started timestamptz,
  date_done timestamptz
);
