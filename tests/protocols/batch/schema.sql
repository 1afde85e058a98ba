CREATE TABLE jobs (id int PRIMARY KEY, state text NOT NULL DEFAULT 'ready', done int NOT NULL DEFAULT 0, lease_until timestamptz);
