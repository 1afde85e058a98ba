CREATE TABLE tenants (
  id bigint PRIMARY KEY,
  polled boolean NOT NULL DEFAULT false,
  epoch bigint NOT NULL DEFAULT 0,
  partition_owner text,
  lease_expires_at timestamp
);
