CREATE TABLE workflow_status (
  workflow_uuid text PRIMARY KEY,
  status text NOT NULL DEFAULT 'ENQUEUED' CHECK (status IN ('ENQUEUED', 'PENDING', 'SUCCESS', 'CANCELLED')),
  executor_id text,
  started_at timestamptz,
  output text
);
