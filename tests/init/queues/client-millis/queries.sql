-- name: claimRender :one
UPDATE "RenderJob" SET "phase" = 'RENDERING', "claimToken" = $1, "claimedAtMs" = $2, "heartbeatAtMs" = $2
WHERE "jobId" = (SELECT "jobId" FROM "RenderJob" WHERE "phase" = 'QUEUED' OR ("phase" = 'RENDERING' AND "heartbeatAtMs" < $2::bigint - 60000) ORDER BY "priority" DESC, "createdAtMs" LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING "jobId", "sceneUrl";
-- name: beatRender :execrows
UPDATE "RenderJob" SET "heartbeatAtMs" = $3 WHERE "jobId" = $1 AND "claimToken" = $2;
-- name: finishRender :execrows
UPDATE "RenderJob" SET "phase" = 'RENDERED' WHERE "jobId" = $1 AND "claimToken" = $2;
-- name: failRender :execrows
UPDATE "RenderJob" SET "phase" = CASE WHEN "failCount" >= 2 THEN 'FAILED' ELSE 'QUEUED' END, "failCount" = "failCount" + 1, "claimToken" = NULL WHERE "jobId" = $1 AND "claimToken" = $2;
