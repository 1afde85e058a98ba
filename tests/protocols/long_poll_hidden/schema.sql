CREATE TABLE tasks (
  id int PRIMARY KEY,
  state text NOT NULL DEFAULT 'ready',
  version bigint NOT NULL DEFAULT 0,
  taken_at timestamptz
);
