-- name: try_acquire
UPDATE leader_lease
   SET holder = %(me)s, fencing_token = fencing_token + 1, expires_at = clock_timestamp() + %(ttl)s * interval '1 second'
 WHERE resource = %(resource)s AND expires_at < clock_timestamp()
RETURNING fencing_token;

-- name: renew
UPDATE leader_lease SET expires_at = clock_timestamp() + %(ttl)s * interval '1 second'
 WHERE resource = %(resource)s AND holder = %(me)s AND fencing_token = %(token)s AND expires_at > clock_timestamp();

-- name: resign
UPDATE leader_lease SET holder = NULL, expires_at = '-infinity' WHERE resource = %(resource)s AND fencing_token = %(token)s;

-- name: write_tick
UPDATE scheduler_state SET last_tick = clock_timestamp(), written_by_token = %(token)s
 WHERE resource = %(resource)s AND written_by_token <= %(token)s;
