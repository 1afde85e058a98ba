-- A job queue of one table.
CREATE TABLE jobs (
  id int PRIMARY KEY,
  state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done')),
  claim uuid,               -- new at every claim: the token that fences
  owner text,               -- for people to read; no statement relies on it
  lease_until timestamptz
);
