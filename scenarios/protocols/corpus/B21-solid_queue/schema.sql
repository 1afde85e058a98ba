CREATE TABLE solid_queue_jobs (
  id bigint PRIMARY KEY,
  concurrency_key text NOT NULL,
  finished_at timestamptz
);
CREATE TABLE solid_queue_processes (name text PRIMARY KEY, last_heartbeat_at timestamptz NOT NULL);
CREATE TABLE solid_queue_claimed_executions (
  job_id bigint PRIMARY KEY REFERENCES solid_queue_jobs,
  process_id text NOT NULL
);
CREATE TABLE solid_queue_failed_executions (job_id bigint PRIMARY KEY REFERENCES solid_queue_jobs);
CREATE TABLE solid_queue_semaphores (key text PRIMARY KEY, value int NOT NULL);
INSERT INTO solid_queue_semaphores VALUES ('account', 1);
