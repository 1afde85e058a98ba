// fencepost serve --schema examples/queue/schema.sql -- node --test examples/serve
import assert from "node:assert";
import test from "node:test";
import pg from "pg";

const kClaim = `UPDATE jobs SET state = 'running', owner = $1, lease_until = clock_timestamp() + interval '30 s'
                 WHERE id = 2 AND (state = 'ready' OR lease_until <= clock_timestamp()) RETURNING id`;

test("a job is claimed again once its lease has ended", async (t) => {
  const db = new pg.Client(process.env.DATABASE_URL);
  t.after(() => db.end());
  await db.connect();
  await db.query("INSERT INTO jobs (id) VALUES (2)");
  assert.equal((await db.query(kClaim, ["a"])).rowCount, 1);
  await db.query("SELECT fencepost.advance('29.999999 s')");
  assert.equal((await db.query(kClaim, ["b"])).rowCount, 0);
  await db.query("SELECT fencepost.advance('1 us')");
  assert.equal((await db.query(kClaim, ["b"])).rowCount, 1);
});
