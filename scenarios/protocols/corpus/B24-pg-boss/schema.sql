CREATE TABLE job (
  id bigint PRIMARY KEY,
  state text NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'active', 'completed')),
  started_on timestamptz,
  expire_on timestamptz
);
