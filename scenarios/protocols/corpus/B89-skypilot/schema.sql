CREATE TABLE daemons (name text PRIMARY KEY, runs bigint NOT NULL DEFAULT 0);
INSERT INTO daemons VALUES ('status-refresh');
