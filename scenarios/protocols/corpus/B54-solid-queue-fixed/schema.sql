CREATE TABLE solid_queue_jobs (
  id bigint PRIMARY KEY,
  concurrency_key text NOT NULL,
  status text NOT NULL DEFAULT 'scheduled' CHECK (status IN ('scheduled', 'blocked', 'ready', 'claimed', 'finished', 'failed')),
  claimed_by text,
  claimed_at timestamptz
);
CREATE TABLE solid_queue_semaphores (key text PRIMARY KEY, value int NOT NULL);
INSERT INTO solid_queue_semaphores VALUES ('account/1', 1);
