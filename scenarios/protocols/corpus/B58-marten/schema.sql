CREATE TABLE mt_events (seq_id bigserial PRIMARY KEY, stream_id text NOT NULL);
CREATE TABLE mt_event_progression (name text PRIMARY KEY, last_seq_id bigint NOT NULL);
CREATE TABLE mt_doc_invoice (id text PRIMARY KEY);
INSERT INTO mt_event_progression VALUES ('Invoices:All', 0);
