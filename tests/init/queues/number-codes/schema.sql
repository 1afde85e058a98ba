-- status: 0 new, 1 in progress, 2 done, 3 broken
CREATE TABLE import_file (
  file_id serial PRIMARY KEY,
  path text NOT NULL UNIQUE,
  status smallint NOT NULL DEFAULT 0,
  worker text,
  heartbeat timestamptz,
  rows_done int NOT NULL DEFAULT 0
);
