-- name: pop_select :one
select * from "jobs" where "queue" = :queue and (("reserved_at" is null and "available_at" <= extract(epoch from now())::int) or ("reserved_at" <= extract(epoch from now())::int - 90)) order by "id" asc limit 1 for update skip locked;

-- name: pop_reserve :exec
update "jobs" set "reserved_at" = extract(epoch from now())::int, "attempts" = "attempts" + 1 where "id" = :id;

-- name: delete_reserved :execrows
delete from "jobs" where "id" = :id;

-- name: release :exec
update "jobs" set "reserved_at" = null, "available_at" = extract(epoch from now())::int + 10 where "id" = :id;
