CREATE SCHEMA hangfire;
SET search_path = hangfire;
CREATE TABLE job (id bigserial PRIMARY KEY, statename text NULL, invocationdata text NOT NULL, createdat timestamptz NOT NULL);
CREATE TABLE jobqueue (
  id bigserial PRIMARY KEY,
  jobid bigint NOT NULL,
  queue text NOT NULL,
  fetchedat timestamp with time zone NULL,
  updatecount int NOT NULL DEFAULT 0
);
