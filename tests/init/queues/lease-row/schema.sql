CREATE TABLE leases (resource text PRIMARY KEY, owner text, fencing_token bigint NOT NULL DEFAULT 0, expires_at timestamptz);
INSERT INTO leases (resource) VALUES ('compactor');
