-- name: acquire_lease :one
UPDATE tenants
   SET partition_owner = :worker, epoch = epoch + 1, lease_expires_at = NOW() + :lease::interval
 WHERE id = (
         SELECT id FROM tenants
          WHERE NOT polled AND (partition_owner IS NULL OR lease_expires_at < NOW())
          ORDER BY id
          LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING id, epoch;

-- name: extend_lease :execrows
UPDATE tenants SET lease_expires_at = NOW() + :lease::interval
 WHERE id = :id AND partition_owner = :worker AND epoch = :epoch;

-- name: finish_polling :execrows
UPDATE tenants SET polled = true, partition_owner = NULL, lease_expires_at = NULL
 WHERE id = :id AND partition_owner = :worker AND epoch = :epoch;
