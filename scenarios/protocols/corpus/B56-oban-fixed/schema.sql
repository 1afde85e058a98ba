CREATE TABLE oban_jobs (
  id bigint PRIMARY KEY,
  state text NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'executing', 'completed')),
  attempt int NOT NULL DEFAULT 0,
  attempted_by text,
  attempted_at timestamptz
);
