CREATE TABLE task (
  id int PRIMARY KEY,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'working', 'finished')),
  try uuid,
  seen_at timestamptz
);
