CREATE TABLE boats (boat text PRIMARY KEY, seats int NOT NULL);
CREATE TABLE rides (ride_id bigint PRIMARY KEY, boat text NOT NULL REFERENCES boats, state text NOT NULL DEFAULT 'waiting',
  rider text, epoch bigint NOT NULL DEFAULT 0, until timestamptz);
INSERT INTO boats VALUES ('kayak', 1), ('canoe', 2);
