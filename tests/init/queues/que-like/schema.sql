CREATE TABLE que (id bigserial PRIMARY KEY, job_class text NOT NULL, args json NOT NULL DEFAULT '[]', run_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz);
