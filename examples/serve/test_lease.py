# fencepost serve --schema examples/queue/schema.sql -- python3 -m pytest examples/serve
import os, psycopg

CLAIM = """UPDATE jobs SET state = 'running', owner = %s, lease_until = clock_timestamp() + interval '30 s'
            WHERE id = 1 AND (state = 'ready' OR lease_until <= clock_timestamp()) RETURNING id"""

def test_a_job_is_claimed_again_once_its_lease_has_ended():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as db:
        db.execute("INSERT INTO jobs (id) VALUES (1)")
        assert db.execute(CLAIM, ["a"]).fetchone()
        db.execute("SELECT fencepost.advance('29.999999 s')")
        assert not db.execute(CLAIM, ["b"]).fetchone()
        db.execute("SELECT fencepost.advance('1 us')")
        assert db.execute(CLAIM, ["b"]).fetchone()
