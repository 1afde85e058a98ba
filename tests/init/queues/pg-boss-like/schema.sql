CREATE TYPE boss_state AS ENUM ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');
CREATE TABLE boss (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  data jsonb,
  state boss_state NOT NULL DEFAULT 'created',
  retry_limit integer NOT NULL DEFAULT 2,
  retry_count integer NOT NULL DEFAULT 0,
  start_after timestamptz NOT NULL DEFAULT now(),
  expire_in interval NOT NULL DEFAULT interval '15 minutes',
  started_on timestamptz,
  completed_on timestamptz,
  output jsonb,
  PRIMARY KEY (name, id)
);
