CREATE TABLE enrichment_jobs (
  job_id bigint PRIMARY KEY,
  fingerprint text NOT NULL,
  status text NOT NULL DEFAULT 'due' CHECK (status IN ('due', 'leased', 'done', 'failed')),
  epoch bigint NOT NULL DEFAULT 0,
  leased_by text,
  lease_until timestamptz,
  failure text
);
