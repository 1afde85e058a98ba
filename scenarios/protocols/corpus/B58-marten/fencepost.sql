-- name: observe :many
-- A stream is done once the projection has passed its event.
SELECT stream_id AS job, CASE WHEN seq_id <= last_seq_id THEN 'succeeded' ELSE 'ready' END AS state
  FROM mt_events, mt_event_progression;

-- name: applied :many
SELECT e.stream_id AS job, e.stream_id AS item, count(d.id) AS count
  FROM mt_events e LEFT JOIN mt_doc_invoice d ON d.id = e.stream_id
 GROUP BY e.stream_id;
