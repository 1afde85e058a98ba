-- +goose Up
CREATE TYPE task_status AS ENUM ('queued', 'running', 'completed', 'dead');
CREATE TABLE tasks (
  id           BIGSERIAL PRIMARY KEY,
  kind         TEXT NOT NULL,
  payload      BYTEA NOT NULL,
  status       task_status NOT NULL DEFAULT 'queued',
  visible_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
  lease_id     UUID,
  tries        INT NOT NULL DEFAULT 0,
  max_tries    INT NOT NULL DEFAULT 5,
  last_error   TEXT,
  created_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);
-- +goose Down
DROP TABLE tasks;
