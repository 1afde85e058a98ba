CREATE TYPE river_state AS ENUM ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled');
CREATE TABLE river_work (
  id bigserial PRIMARY KEY,
  state river_state NOT NULL DEFAULT 'available',
  attempt smallint NOT NULL DEFAULT 0,
  max_attempts smallint NOT NULL,
  attempted_at timestamptz,
  attempted_by text[],
  args jsonb NOT NULL,
  kind text NOT NULL CHECK (char_length(kind) > 0),
  queue text NOT NULL DEFAULT 'default',
  finalized_at timestamptz,
  scheduled_at timestamptz NOT NULL DEFAULT now(),
  errors jsonb[],
  CONSTRAINT finalized_or_finalized_at_null CHECK ((finalized_at IS NULL) = (state NOT IN ('cancelled', 'completed', 'discarded')))
);
