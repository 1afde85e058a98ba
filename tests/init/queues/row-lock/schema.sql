CREATE TABLE emails (id serial PRIMARY KEY, address text NOT NULL, sent_at timestamptz);
