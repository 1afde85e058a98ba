CREATE TABLE mt_event_progression (name text PRIMARY KEY, last_seq_id bigint NOT NULL DEFAULT 0);
INSERT INTO mt_event_progression VALUES ('Trip:All', 0);
