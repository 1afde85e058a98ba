CREATE TABLE good_jobs (id bigint PRIMARY KEY, finished_at timestamptz);
