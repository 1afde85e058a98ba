CREATE TABLE jobs (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'ready', owner text);
CREATE TABLE lines (at timestamptz NOT NULL);

CREATE PROCEDURE claim_job(worker text) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE jobs SET state = 'owned', owner = worker
   WHERE id = (SELECT id FROM jobs WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
  COMMIT;
  INSERT INTO lines VALUES (clock_timestamp());
  COMMIT;
  PERFORM pg_sleep(1);
END $$;
