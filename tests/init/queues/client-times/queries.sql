-- name: LeaseExport :one
UPDATE exports SET status = 'leased', worker = $1, lease_until = $2, generation = generation + 1
WHERE id = (
  SELECT id FROM exports WHERE status = 'open' AND not_before <= $3 OR (status = 'leased' AND lease_until < $3)
  ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id, report, generation;

-- name: ExtendLease :execrows
UPDATE exports SET lease_until = $3 WHERE id = $1 AND generation = $2 AND status = 'leased';

-- name: ExportDone :execrows
UPDATE exports SET status = 'done', worker = NULL, lease_until = NULL WHERE id = $1 AND generation = $2;

-- name: ExportFailed :execrows
UPDATE exports SET status = 'open', worker = NULL, lease_until = NULL, not_before = $3 WHERE id = $1 AND generation = $2;
