-- name: write_letter :exec
INSERT INTO letters (letter) VALUES ($1);

-- name: bookmark :one
SELECT seen FROM bookmark;

-- name: new_letters :many
SELECT number, letter FROM letters WHERE number > $1 ORDER BY number LIMIT $2;

-- name: turn_page :execrows
UPDATE bookmark SET seen = $1;
