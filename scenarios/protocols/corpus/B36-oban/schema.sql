CREATE TABLE oban_peers (
  name text PRIMARY KEY,
  node text NOT NULL,
  started_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
