CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE tasks (
  task_id uuid PRIMARY KEY,
  tenant_id int NOT NULL REFERENCES tenants (id),
  status varchar(20) NOT NULL DEFAULT 'NEW' CHECK (status IN ('NEW', 'IN_PROGRESS', 'FINISHED', 'ERROR')),
  picked_by text,
  picked_at timestamptz,
  version int NOT NULL DEFAULT 0
);
