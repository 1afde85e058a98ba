CREATE TABLE "queue_jobs" (
  "jobId" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "name" text NOT NULL,
  "data" jsonb NOT NULL DEFAULT '{}',
  "status" text NOT NULL DEFAULT 'waiting' CHECK ("status" IN ('waiting','active','completed','failed','delayed')),
  "lockToken" text,
  "lockExpiresAt" timestamptz,
  "attemptsMade" int NOT NULL DEFAULT 0,
  "failedReason" text,
  "finishedOn" timestamptz
);
