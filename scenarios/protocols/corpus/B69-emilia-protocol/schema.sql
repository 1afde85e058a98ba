CREATE TABLE receipt_deliveries (
  delivery_id bigint PRIMARY KEY,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sending', 'delivered', 'dead')),
  attempts int NOT NULL DEFAULT 0,
  claimed_at timestamptz,
  delivered_at timestamptz
);
