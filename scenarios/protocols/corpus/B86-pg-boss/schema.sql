CREATE TABLE queue (name text PRIMARY KEY, group_limit int NOT NULL);
CREATE TABLE job (
  id bigint PRIMARY KEY,
  name text NOT NULL REFERENCES queue,
  group_id text NOT NULL,
  state text NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'active', 'completed')),
  started_on timestamptz
);
INSERT INTO queue VALUES ('mail', 1);
