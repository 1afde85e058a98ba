CREATE SCHEMA work;
CREATE TABLE work.queues (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, queue_name text NOT NULL UNIQUE, locked_at timestamptz, locked_by text);
CREATE TABLE work.tasks (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, identifier text NOT NULL UNIQUE);
CREATE TABLE work.jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id int NOT NULL REFERENCES work.tasks,
  payload json NOT NULL DEFAULT '{}',
  priority smallint NOT NULL DEFAULT 0,
  run_at timestamptz NOT NULL DEFAULT now(),
  attempts smallint NOT NULL DEFAULT 0,
  max_attempts smallint NOT NULL DEFAULT 25,
  last_error text,
  locked_at timestamptz,
  locked_by text
);
