CREATE TABLE exports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  report text NOT NULL,
  status text NOT NULL DEFAULT 'open',
  worker text,
  lease_until timestamptz,
  not_before timestamptz NOT NULL DEFAULT now(),
  generation bigint NOT NULL DEFAULT 0
);
