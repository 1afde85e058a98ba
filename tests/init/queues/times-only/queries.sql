-- name: next_batch :many
UPDATE email_outgoing SET sending_since = current_timestamp, tries = tries + 1
 WHERE email_id IN (SELECT email_id FROM email_outgoing
   WHERE sent_at IS NULL AND gave_up_at IS NULL AND (sending_since IS NULL OR sending_since < current_timestamp - interval '2 minutes')
   ORDER BY email_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING email_id, recipient, tries;
-- name: was_sent :execrows
UPDATE email_outgoing SET sent_at = current_timestamp WHERE email_id = :email_id AND tries = :tries;
-- name: smtp_failed :execrows
UPDATE email_outgoing SET sending_since = NULL, smtp_error = :smtp_error WHERE email_id = :email_id AND tries = :tries;
-- name: give_up :execrows
UPDATE email_outgoing SET gave_up_at = current_timestamp WHERE email_id = :email_id AND tries >= 5;
