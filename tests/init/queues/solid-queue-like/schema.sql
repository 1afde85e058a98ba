CREATE TABLE sq_jobs (id bigserial PRIMARY KEY, queue_name varchar NOT NULL, class_name varchar NOT NULL, finished_at timestamp, created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
CREATE TABLE sq_ready (id bigserial PRIMARY KEY, job_id bigint NOT NULL UNIQUE REFERENCES sq_jobs ON DELETE CASCADE, queue_name varchar NOT NULL, priority int NOT NULL DEFAULT 0, created_at timestamp NOT NULL);
CREATE TABLE sq_claimed (id bigserial PRIMARY KEY, job_id bigint NOT NULL UNIQUE REFERENCES sq_jobs ON DELETE CASCADE, process_id bigint, created_at timestamp NOT NULL);
