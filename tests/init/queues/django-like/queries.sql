-- name: acquire
SELECT "tasks_task"."id", "tasks_task"."name", "tasks_task"."args" FROM "tasks_task"
 WHERE ("tasks_task"."state" = 0 AND "tasks_task"."eta" <= NOW() AND NOT "tasks_task"."finished")
 ORDER BY "tasks_task"."priority" DESC, "tasks_task"."id" ASC LIMIT 1 FOR UPDATE SKIP LOCKED
-- name: acquire_mark
UPDATE "tasks_task" SET "state" = 1, "worker_id" = %(worker_id)s, "locked_at" = NOW() WHERE "tasks_task"."id" = %(id)s
-- name: done
UPDATE "tasks_task" SET "state" = 2, "finished" = true, "worker_id" = NULL WHERE "tasks_task"."id" = %(id)s
-- name: error
UPDATE "tasks_task" SET "state" = 3, "finished" = true WHERE "tasks_task"."id" = %(id)s
-- name: release_stale
UPDATE "tasks_task" SET "state" = 0, "worker_id" = NULL WHERE "state" = 1 AND "locked_at" < NOW() - %(max_age)s * interval '1 second'
