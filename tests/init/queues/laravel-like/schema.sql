create table "mail_queue" ("id" bigserial not null primary key, "queue" varchar(255) not null, "payload" text not null, "attempts" smallint not null default '0', "reserved_at" integer null, "available_at" integer not null, "created_at" integer not null);
create index "mail_queue_queue_index" on "mail_queue" ("queue");
