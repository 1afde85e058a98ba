-- name: pop :one
select * from "mail_queue" where "queue" = ? and (("reserved_at" is null and "available_at" <= ?) or ("reserved_at" <= ?)) order by "id" asc limit 1 for update skip locked
-- name: reserve :exec
update "mail_queue" set "reserved_at" = ?, "attempts" = ? where "id" = ?
-- name: delete_job :exec
delete from "mail_queue" where "id" = ?
-- name: release_job :exec
update "mail_queue" set "reserved_at" = null, "available_at" = ? where "id" = ?
