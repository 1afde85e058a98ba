CREATE TABLE shedlock (
  name text PRIMARY KEY,
  lock_until timestamptz NOT NULL,
  locked_at timestamptz NOT NULL,
  locked_by text NOT NULL
);
CREATE TABLE invoices (id bigint PRIMARY KEY);
INSERT INTO invoices SELECT generate_series(1, 3);
