CREATE TABLE que_jobs (id bigint PRIMARY KEY, finished_at timestamptz);
