CREATE TABLE "RenderJob" ("jobId" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "sceneUrl" text NOT NULL, "phase" text NOT NULL DEFAULT 'QUEUED', "claimToken" uuid, "claimedAtMs" bigint, "heartbeatAtMs" bigint, "priority" int NOT NULL DEFAULT 0, "failCount" int NOT NULL DEFAULT 0, "createdAtMs" bigint NOT NULL);
CREATE INDEX ON "RenderJob" ("phase", "priority");
