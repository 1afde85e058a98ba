-- name: grab_file :one
UPDATE import_file SET status = 1, worker = $1, heartbeat = now()
 WHERE file_id = (SELECT file_id FROM import_file
                   WHERE status = 0 OR (status = 1 AND heartbeat < now() - interval '5 min')
                   ORDER BY file_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING file_id, path, rows_done;
-- name: save_rows :execrows
UPDATE import_file SET rows_done = $2, heartbeat = now() WHERE file_id = $1 AND worker = $3;
-- name: file_done :execrows
UPDATE import_file SET status = 2 WHERE file_id = $1 AND worker = $2;
-- name: file_broken :execrows
UPDATE import_file SET status = 3 WHERE file_id = $1 AND worker = $2;
