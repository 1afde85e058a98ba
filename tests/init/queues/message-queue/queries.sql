-- name: read_message :many
WITH cte AS (
  SELECT msg_id FROM messages WHERE vt <= clock_timestamp() ORDER BY msg_id ASC LIMIT $1 FOR UPDATE SKIP LOCKED)
UPDATE messages m SET vt = clock_timestamp() + make_interval(secs => 45), read_ct = read_ct + 1
  FROM cte WHERE m.msg_id = cte.msg_id
RETURNING m.msg_id, m.read_ct, m.message;

-- name: set_vt :one
UPDATE messages SET vt = clock_timestamp() + make_interval(secs => $2) WHERE msg_id = $1 RETURNING msg_id;

-- name: delete_message :execrows
DELETE FROM messages WHERE msg_id = $1;
