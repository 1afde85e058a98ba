CREATE TABLE tasks (
  task int PRIMARY KEY,
  done boolean NOT NULL DEFAULT false,
  epoch bigint NOT NULL DEFAULT 0,
  until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE TABLE plan (seconds numeric, at timestamptz, word text);
INSERT INTO plan VALUES (2.5, '2027-01-15 08:00:07+00', 'soon');
