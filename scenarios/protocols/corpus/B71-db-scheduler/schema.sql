CREATE TABLE scheduled_tasks (
  task_instance text PRIMARY KEY,
  finished boolean NOT NULL DEFAULT false,
  picked boolean NOT NULL DEFAULT false,
  picked_by text,
  last_heartbeat timestamptz,
  version bigint NOT NULL DEFAULT 1
);
