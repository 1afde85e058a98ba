# A worker with psycopg: claims in a transaction, works for three seconds, ends the job.
import os
import time

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as db:
    while True:
        with db.transaction():
            job = db.execute("SELECT id FROM jobs WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED").fetchone()
            if job:
                db.execute("UPDATE jobs SET state = 'running' WHERE id = %s", job)
        if not job:
            time.sleep(20)
            continue
        time.sleep(3)
        db.execute("UPDATE jobs SET state = 'done' WHERE id = %s AND state = %s", (job[0], "running"))
