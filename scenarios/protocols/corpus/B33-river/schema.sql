CREATE TABLE river_leader (
  name text PRIMARY KEY,
  leader_id text NOT NULL,
  elected_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
