CREATE TYPE job_status AS ENUM ('todo', 'doing', 'succeeded', 'failed');
CREATE TABLE jobs (
    id bigserial PRIMARY KEY,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}' NOT NULL,
    status job_status DEFAULT 'todo'::job_status NOT NULL,
    scheduled_at timestamp with time zone NULL,
    attempts integer DEFAULT 0 NOT NULL,
    worker_id bigint
);
CREATE TABLE workers (id bigserial PRIMARY KEY, last_heartbeat timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION fetch_job(target_queue text, p_worker bigint) RETURNS jobs LANGUAGE plpgsql AS $$
DECLARE
  found_job jobs;
BEGIN
  WITH candidate AS (
    SELECT id FROM jobs WHERE queue_name = target_queue AND status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
    ORDER BY id ASC LIMIT 1 FOR UPDATE SKIP LOCKED)
  UPDATE jobs SET status = 'doing', worker_id = p_worker FROM candidate WHERE jobs.id = candidate.id
  RETURNING jobs.* INTO found_job;
  RETURN found_job;
END $$;
CREATE FUNCTION finish_job(job_id bigint, end_status job_status) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE jobs SET status = end_status, attempts = attempts + 1 WHERE id = job_id AND status = 'doing';
  IF NOT FOUND THEN RAISE 'Job was not found or not in doing: %', job_id; END IF;
END $$;
