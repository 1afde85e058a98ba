CREATE TABLE good_jobs (
  id bigint PRIMARY KEY,
  active_job_id bigint NOT NULL,
  finished_at timestamptz
);
