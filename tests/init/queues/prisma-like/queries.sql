-- name: acquireJob :one
UPDATE "Job" SET "status" = 'IN_PROGRESS', "lockedAt" = NOW(), "lockedBy" = $1
WHERE "id" = (SELECT "id" FROM "Job" WHERE ("status" = 'PENDING' AND "runAfter" <= NOW()) OR ("status" = 'IN_PROGRESS' AND "lockedAt" < NOW() - INTERVAL '1 minute')
  ORDER BY "runAfter" ASC FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING "id", "type", "lockedAt";
-- name: markSuccess :execrows
UPDATE "Job" SET "status" = 'SUCCESS', "lockedAt" = NULL, "lockedBy" = NULL WHERE "id" = $1 AND "lockedBy" = $2;
-- name: markError :execrows
UPDATE "Job" SET "status" = 'PENDING', "retryCount" = "retryCount" + 1, "runAfter" = NOW() + INTERVAL '10 seconds', "lockedAt" = NULL, "lockedBy" = NULL WHERE "id" = $1 AND "lockedBy" = $2;
