CREATE TABLE tasks (
  id bigserial PRIMARY KEY,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done')),
  claim bigint NOT NULL DEFAULT 0,
  worker text,
  heartbeat_at timestamptz
);
