CREATE TABLE seats (seat text PRIMARY KEY, holder text NOT NULL, since timestamptz NOT NULL, until timestamptz NOT NULL);
