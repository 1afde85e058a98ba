CREATE TABLE counter (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
INSERT INTO counter SELECT generate_series(1, 20);
