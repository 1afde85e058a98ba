CREATE TABLE async_operations (
  operation_id bigint PRIMARY KEY,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
  retry_count int NOT NULL DEFAULT 0,
  claim_number int NOT NULL DEFAULT 0,
  worker_id text,
  claimed_at timestamptz,
  error_message text
);
