CREATE TABLE webhook_delivery (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  url text NOT NULL,
  body text NOT NULL,
  state varchar(20) NOT NULL DEFAULT 'scheduled',
  attempt_no int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  claimed_until timestamptz
);
CREATE TABLE webhook_attempt (
  delivery_id uuid NOT NULL REFERENCES webhook_delivery,
  attempt_no int NOT NULL,
  response_code int,
  PRIMARY KEY (delivery_id, attempt_no)
);
