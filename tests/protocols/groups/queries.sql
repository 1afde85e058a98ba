-- name: resume_own :one
SELECT ride_id, epoch FROM rides WHERE rider = @worker AND state = 'afloat' AND until > clock_timestamp() LIMIT 1;

-- name: board :one
WITH afloat AS (SELECT boat, count(*) AS riders FROM rides WHERE state = 'afloat' AND until > clock_timestamp() GROUP BY boat),
next AS (
  SELECT r.ride_id FROM rides r JOIN boats b USING (boat) LEFT JOIN afloat a USING (boat)
   WHERE (r.state = 'waiting' OR (r.state = 'afloat' AND r.until <= clock_timestamp())) AND coalesce(a.riders, 0) < b.seats
   ORDER BY r.ride_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED)
UPDATE rides r SET state = 'afloat', rider = @worker, epoch = epoch + 1, until = clock_timestamp() + @ride::interval
  FROM next WHERE r.ride_id = next.ride_id RETURNING r.ride_id, r.epoch;

-- name: row_on :execrows
UPDATE rides SET until = clock_timestamp() + @ride::interval WHERE ride_id = @ride_id AND epoch = @epoch AND state = 'afloat';

-- name: land :execrows
UPDATE rides SET state = 'ashore' WHERE ride_id = @ride_id AND epoch = @epoch AND state = 'afloat';
