CREATE TABLE reports (report_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL, rendered_at timestamptz);
CREATE TABLE report_locks (
  report_id uuid PRIMARY KEY REFERENCES reports ON DELETE CASCADE,
  held_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  generation int NOT NULL DEFAULT 1
);
