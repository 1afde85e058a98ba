CREATE TABLE pgqueuer (
  id bigint PRIMARY KEY,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'picked', 'successful', 'exception')),
  queue_manager text,
  picks int NOT NULL DEFAULT 0,
  heartbeat timestamptz
);
