-- name: acquire^
INSERT INTO leader (name, holder, expires_at) VALUES (%(name)s, %(me)s, now() + interval '30 seconds')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = leader.epoch + 1, expires_at = excluded.expires_at
 WHERE leader.expires_at < now()
RETURNING epoch;

-- name: renew!
UPDATE leader SET expires_at = now() + interval '30 seconds'
 WHERE name = %(name)s AND holder = %(me)s AND epoch = %(epoch)s;

-- name: resign!
DELETE FROM leader WHERE name = %(name)s AND holder = %(me)s;
