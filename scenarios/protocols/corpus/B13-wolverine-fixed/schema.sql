CREATE TABLE wolverine_incoming_envelopes (
  id text PRIMARY KEY,
  status text NOT NULL DEFAULT 'Incoming' CHECK (status IN ('Incoming', 'Handled')),
  owner_id text NOT NULL DEFAULT 'any',
  owned_at timestamptz
);
