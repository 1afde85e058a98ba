CREATE TABLE jobs (id serial PRIMARY KEY, state text NOT NULL DEFAULT 'ready', lease_until timestamptz);
