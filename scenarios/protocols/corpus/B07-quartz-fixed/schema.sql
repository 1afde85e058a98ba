CREATE TABLE qrtz_triggers (
  trigger_name text PRIMARY KEY,
  trigger_state text NOT NULL DEFAULT 'WAITING' CHECK (trigger_state IN ('WAITING', 'ACQUIRED', 'COMPLETE')),
  next_fire_time timestamptz NOT NULL DEFAULT now(),
  times_left int NOT NULL DEFAULT 2
);
CREATE TABLE qrtz_fired_triggers (
  entry_id bigserial PRIMARY KEY,
  trigger_name text NOT NULL REFERENCES qrtz_triggers,
  instance_name text NOT NULL,
  fired_at timestamptz NOT NULL
);
