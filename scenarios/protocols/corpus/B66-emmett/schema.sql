CREATE TABLE emt_processors (
  processor_id text PRIMARY KEY,
  status text NOT NULL DEFAULT 'stopped' CHECK (status IN ('stopped', 'running', 'completed')),
  instance_id text,
  epoch bigint NOT NULL DEFAULT 0,
  last_processed bigint NOT NULL DEFAULT 0,
  last_updated timestamptz NOT NULL DEFAULT now()
);
INSERT INTO emt_processors (processor_id) VALUES ('order-summary');
