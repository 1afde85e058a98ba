CREATE TABLE outgoing (id bigserial PRIMARY KEY, recipient text NOT NULL, body text NOT NULL);
