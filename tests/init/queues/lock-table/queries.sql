-- name: lock_report :one
INSERT INTO report_locks (report_id, held_by, expires_at)
SELECT r.report_id, :me, now() + interval '45 seconds' FROM reports r
  LEFT JOIN report_locks l USING (report_id)
 WHERE r.rendered_at IS NULL AND (l.report_id IS NULL OR l.expires_at < now()) ORDER BY r.report_id LIMIT 1
ON CONFLICT (report_id) DO UPDATE SET held_by = EXCLUDED.held_by, expires_at = EXCLUDED.expires_at, generation = report_locks.generation + 1
 WHERE report_locks.expires_at < now()
RETURNING report_id, generation;
-- name: prolong :execrows
UPDATE report_locks SET expires_at = now() + interval '45 seconds' WHERE report_id = :report_id AND generation = :generation;
-- name: mark_rendered :execrows
UPDATE reports SET rendered_at = now() WHERE report_id = :report_id AND EXISTS (SELECT FROM report_locks l WHERE l.report_id = reports.report_id AND l.generation = :generation);
-- name: unlock_report :execrows
DELETE FROM report_locks WHERE report_id = :report_id AND generation = :generation;
