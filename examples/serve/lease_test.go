// fencepost serve --schema schema.sql -- go test ./...
package queue

import (
	"database/sql"
	"os"
	"testing"

	_ "github.com/lib/pq"
)

const claim = `UPDATE jobs SET state = 'running', owner = $1, lease_until = clock_timestamp() + interval '30 s'
                WHERE id = 3 AND (state = 'ready' OR lease_until <= clock_timestamp())`

func TestAJobIsClaimedAgainOnceItsLeaseHasEnded(t *testing.T) {
	db, _ := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	changes := func(rows int64, query string, values ...any) {
		if result, err := db.Exec(query, values...); err != nil {
			t.Fatal(err)
		} else if changed, _ := result.RowsAffected(); changed != rows {
			t.Fatalf("%s changed %d rows, not %d", query, changed, rows)
		}
	}
	changes(1, "INSERT INTO jobs (id) VALUES (3)")
	changes(1, claim, "a")
	changes(1, "SELECT fencepost.advance('29.999999 s')")
	changes(0, claim, "b")
	changes(1, "SELECT fencepost.advance('1 us')")
	changes(1, claim, "b")
}
