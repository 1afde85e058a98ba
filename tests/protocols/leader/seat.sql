-- name: sit :one
INSERT INTO seats VALUES ('seat', @holder, clock_timestamp(), clock_timestamp() + @term::interval)
ON CONFLICT (seat) DO UPDATE SET holder = EXCLUDED.holder, since = EXCLUDED.since, until = EXCLUDED.until
 WHERE seats.until <= clock_timestamp()
RETURNING seat, since;

-- name: stay :execrows
UPDATE seats SET until = clock_timestamp() + @term::interval
 WHERE holder=@holder AND since=@since::timestamptz AND until > clock_timestamp();

-- name: leave :execrows
DELETE FROM seats WHERE holder=@holder AND since=@since::timestamptz;
