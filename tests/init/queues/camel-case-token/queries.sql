-- name: moveToActive :one
WITH next AS (
  SELECT "jobId" FROM "queue_jobs" WHERE "status" = 'waiting' ORDER BY "jobId" FOR UPDATE SKIP LOCKED LIMIT 1
)
UPDATE "queue_jobs" q SET "status" = 'active', "lockToken" = $1, "lockExpiresAt" = now() + interval '30 s', "attemptsMade" = "attemptsMade" + 1
FROM next WHERE q."jobId" = next."jobId"
RETURNING q."jobId", q."name", q."data", q."attemptsMade";

-- name: extendLock :execrows
UPDATE "queue_jobs" SET "lockExpiresAt" = now() + interval '30 s' WHERE "jobId" = $1 AND "lockToken" = $2;

-- name: moveToCompleted :execrows
UPDATE "queue_jobs" SET "status" = 'completed', "finishedOn" = now(), "lockToken" = NULL, "lockExpiresAt" = NULL WHERE "jobId" = $1 AND "lockToken" = $2;

-- name: moveToFailed :execrows
UPDATE "queue_jobs" SET "status" = 'failed', "failedReason" = $3, "finishedOn" = now(), "lockToken" = NULL WHERE "jobId" = $1 AND "lockToken" = $2;

-- name: moveStalledJobsToWait :execrows
UPDATE "queue_jobs" SET "status" = 'waiting', "lockToken" = NULL WHERE "status" = 'active' AND "lockExpiresAt" < now();
