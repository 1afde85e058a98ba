CREATE TABLE flow (
  id text PRIMARY KEY,
  status text NOT NULL DEFAULT 'InProgress' CHECK (status IN ('InProgress', 'Success', 'Failure'))
);
CREATE TABLE queue (
  id text PRIMARY KEY,
  parent_job text NOT NULL REFERENCES flow,
  running boolean NOT NULL DEFAULT false,
  worker text,
  started_at timestamptz,
  last_ping timestamptz
);
CREATE TABLE completed_job (id text PRIMARY KEY);
