-- name: takeMail :one
UPDATE mail_jobs SET state = 'SENDING', locked_by = :worker, locked_until_ms = :now_ms::bigint + 30000, tries = tries + 1
 WHERE id = (SELECT id FROM mail_jobs
              WHERE run_at_ms <= :now_ms AND (state = 'NEW' OR state = 'SENDING' AND locked_until_ms < :now_ms)
              ORDER BY run_at_ms LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, recipient, tries;

-- name: stillSending :execrows
UPDATE mail_jobs SET locked_until_ms = :now_ms::bigint + 30000 WHERE id = :id AND tries = :tries;

-- name: mailSent :execrows
UPDATE mail_jobs SET state = 'SENT', locked_by = NULL WHERE id = :id AND tries = :tries;

-- name: mailFailed :execrows
UPDATE mail_jobs SET state = CASE WHEN tries >= 6 THEN 'DEAD' ELSE 'NEW' END, locked_by = NULL,
       run_at_ms = (extract(epoch FROM now()) * 1000)::bigint + 60000
 WHERE id = :id AND tries = :tries;
