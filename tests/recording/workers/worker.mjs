// A worker with a pool of pg: claims in one statement, works for three seconds, ends the job.
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

for (;;) {
  const { rows } = await pool.query(`UPDATE jobs SET state = 'running'
    WHERE id = (SELECT id FROM jobs WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`);
  if (rows.length === 0) {
    await pause(20_000);
    continue;
  }
  await pause(3_000);
  await pool.query("UPDATE jobs SET state = 'done' WHERE id = $1", [rows[0].id]);
}
