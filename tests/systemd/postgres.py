# SPDX-License-Identifier: LGPL-2.1-or-later
"""postgres for daemons.py: its clients run inside the machine."""

import hashlib
import os
import re

from service import Service

from answers import PASSWORD, USER, expect

ROWS = [f"{i}\t{'x' * 100}{i}{'' if i % 3 else 'y'}" for i in range(1, 20001)]
WHOLE = f"{len(ROWS)}|{hashlib.md5(chr(10).join(ROWS).encode()).hexdigest()}"
SORTED = hashlib.md5(",".join(sorted(row.split("\t")[1] for row in ROWS)).encode()).hexdigest()
# Of a table with t's columns: WHOLE when it has t's rows.
DIGEST = r"SELECT count(*), md5(string_agg(a || E'\t' || b, E'\n' ORDER BY a)) FROM"
# [what is asked, what is answered]
SCRIPT = [
    ("DROP TABLE IF EXISTS t, v; CREATE TABLE t (a int PRIMARY KEY, b text);"
     "INSERT INTO t SELECT i, repeat('x', 100) || i FROM generate_series(1, 20000) i;"
     "CREATE INDEX ON t (b); ANALYZE t; UPDATE t SET b = b || 'y' WHERE a % 3 = 0;"
     f"{DIGEST} t;", WHOLE),
    # More than fits into that memory is sorted in files.
    ("SET work_mem = '64kB'; SELECT md5(string_agg(b, ',' ORDER BY b COLLATE \"C\")) FROM t;",
     SORTED),
    ("SET PARALLEL = on; SELECT count(*) FROM t; SET PARALLEL = off;", "20000"),
    ("COPY t TO '/tmp/copy'; COPY t TO PROGRAM 'cat >/tmp/piped'; COPY (SELECT 1) TO STDOUT;", "1"),
    (f"CREATE TABLE v (LIKE t); COPY v FROM '/tmp/copy'; {DIGEST} v;", WHOLE),
    (f"TRUNCATE v; COPY v FROM PROGRAM 'cat /tmp/piped'; {DIGEST} v;", WHOLE),
    ("BEGIN; LOCK t; DELETE FROM t; SELECT count(*) FROM t; ROLLBACK;", "0"),
    (f"DO $$ BEGIN PERFORM pg_sleep(0.1); END $$; VACUUM t; VACUUM FULL t; CHECKPOINT; {DIGEST} t;",
     WHOLE),
    ("SELECT b FROM t WHERE b = repeat('x', 100) || '777y';", f"{'x' * 100}777y"),
    (f"DROP ROLE IF EXISTS {USER}; CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}';"
     f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{USER}';", "t"),
    ("LISTEN x; NOTIFY x, 'hello';",
     'Asynchronous notification "x" with payload "hello" received from server process with PID N.'),
    (f"CREATE TEMP TABLE u AS SELECT * FROM t; {DIGEST} u;", WHOLE),
]  # fmt: skip
# Four clients at once: each of their transfers is in all four tables, or in none.
CLIENTS, TRANSFERS = 4, 50
BALANCES = """SELECT count(*) FROM pgbench_history;
SELECT (SELECT sum(delta) FROM pgbench_history) = ALL (VALUES
((SELECT sum(abalance) FROM pgbench_accounts)), ((SELECT sum(tbalance) FROM pgbench_tellers)),
((SELECT sum(bbalance) FROM pgbench_branches)));
"""


class Postgres(Service):
    name = "postgres"
    log = "/var/log/postgresql/*.log"
    keeps = True

    def __init__(self, m):
        self.version = os.listdir(m.path("/usr/lib/postgresql"))[0]
        self.unit = f"postgresql@{self.version}-main.service"
        self.configured = (f"/etc/postgresql/{self.version}/main/conf.d/test.conf",
                           "sysprofile.mark = 'MARK'\n")  # fmt: skip
        super().__init__(m)

    def prepare(self, m):
        # The package makes a cluster only where it could start it.
        if not os.path.exists(m.path(f"/etc/postgresql/{self.version}/main")):
            m.must(["pg_createcluster", self.version, "main"], 60)
        super().prepare(m)

    def client(self, m, argv, script="", password=None):
        """As the server's owner, or over the network with the password of somebody else."""
        if password is None:
            argv = ["runuser", "-u", "postgres", "--", *argv]
        else:
            argv = [*argv, "-h", "127.0.0.1", "-U", USER, "postgres"]
        return m.run(argv, 60, stdin=script.encode(), env={"PGPASSWORD": password or ""})

    def psql(self, m, script, **keywords):
        return self.client(m, ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], script, **keywords)

    def is_answered(self, m, script, wanted, **keywords):
        result = self.psql(m, script, **keywords)
        expect(result.status, 0, result)
        answer = re.sub(r"PID \d+", "PID N", result.stdout.decode())
        expect(answer.splitlines(), wanted, "answers of psql")

    def is_refused(self, m, script, words, **keywords):
        result = self.psql(m, script, **keywords)
        expect((result.status != 0, words in result.stderr.decode()), (True, True), result)

    def mark_shown(self, m):
        return self.psql(m, "SHOW sysprofile.mark;").stdout.decode().strip()

    def load(self, m, seconds=20):
        parallel = "debug_parallel_query" if int(self.version) >= 16 else "force_parallel_mode"
        script = "\n".join(asked for asked, _ in SCRIPT).replace("PARALLEL", parallel)
        self.is_answered(m, script, [answer for _, answer in SCRIPT])
        self.is_refused(m, "SELECT no_such_column;", 'column "no_such_column" does not exist')
        self.is_answered(m, "SELECT current_user;", [USER], password=PASSWORD)
        self.is_refused(m, "SELECT 1;", "password authentication failed", password="wrong")
        for path in ("/tmp/copy", "/tmp/piped"):
            self.has_rows(m.read(path), path)
        dump = self.must_run(m, ["pg_dump", "--data-only", "--table=t", "postgres"])
        found = re.search(r"\nCOPY public\.t .*;\n((?:.*\n)*?)\\\.\n", dump)
        self.has_rows(found[1] if found else dump, "pg_dump")
        self.transfer(m)

    def must_run(self, m, argv):
        result = self.client(m, argv)
        expect(result.status, 0, result)
        return result.stdout.decode()

    def has_rows(self, text, what):
        """In any order, which is that on the disk."""
        expect(sorted(text.splitlines()), sorted(ROWS), what)

    def transfer(self, m):
        # With rows made by the server itself, and without VACUUM.
        self.must_run(m, ["pgbench", "-i", "-I", "dtGp", "-q", "postgres"])
        self.must_run(m, ["pgbench", "-n", f"-c{CLIENTS}", f"-t{TRANSFERS}", "postgres"])
        self.is_answered(m, BALANCES, [str(CLIENTS * TRANSFERS), "t"])

    def check_kept(self, m):
        self.is_answered(m, f"{DIGEST} t;{BALANCES}", [WHOLE, str(CLIENTS * TRANSFERS), "t"])
