CREATE TABLE solid_queue_jobs (
  id bigserial PRIMARY KEY,
  class_name text NOT NULL,
  finished_at timestamptz
);
CREATE TABLE solid_queue_ready_executions (
  job_id bigint PRIMARY KEY REFERENCES solid_queue_jobs,
  priority int NOT NULL DEFAULT 0
);
CREATE TABLE solid_queue_claimed_executions (
  job_id bigint PRIMARY KEY REFERENCES solid_queue_jobs,
  process_id text NOT NULL,
  created_at timestamptz NOT NULL
);
