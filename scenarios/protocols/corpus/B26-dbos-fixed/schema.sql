CREATE TABLE workflow_status (
  workflow_uuid text PRIMARY KEY,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SUCCESS')),
  executor_id text NOT NULL,
  recovery_attempts int NOT NULL DEFAULT 0,
  updated_at timestamptz
);
