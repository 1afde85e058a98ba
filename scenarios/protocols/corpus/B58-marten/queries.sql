-- name: append_event :exec
INSERT INTO mt_events (stream_id) VALUES (:worker || ':' || :stream_number);

-- name: load_progression :one
SELECT last_seq_id FROM mt_event_progression WHERE name = 'Invoices:All' FOR UPDATE;

-- name: load_events :many
SELECT seq_id, stream_id FROM mt_events WHERE seq_id > :last_seq_id ORDER BY seq_id LIMIT 10;

-- name: store_invoice :exec
INSERT INTO mt_doc_invoice (id) VALUES (:stream_id);

-- name: save_progression :execrows
UPDATE mt_event_progression SET last_seq_id = :seq_id WHERE name = 'Invoices:All';
