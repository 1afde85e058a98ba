CREATE TABLE job (
  id bigint PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('active', 'completed', 'expired')),
  started_on timestamptz NOT NULL DEFAULT now() - interval '1 h'
);
CREATE TABLE archive (id bigint PRIMARY KEY, state text NOT NULL);
