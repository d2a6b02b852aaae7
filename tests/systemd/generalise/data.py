# SPDX-License-Identifier: LGPL-2.1-or-later
"""Databases and caches."""

import os
import struct
import time

import services
from recorded import (FullDisk, Recorded, abort, check, connect, crowd, eventually,
                      make_certificate, sh, small_disk, talk)  # fmt: skip

import loads


class Redis(Recorded, services.Redis):
    package, program = "redis-server", "redis-server"

    def prepare(self, m):
        make_certificate(m, "redis")
        small_disk(m, "/var/lib/redis", 150000)
        sh(m, "sed -i 's/^loglevel.*/loglevel verbose/' /etc/redis/redis.conf")
        m.write("/etc/redis/redis.conf", m.read("/etc/redis/redis.conf") + """
tls-port 6380
tls-cert-file /etc/test.crt
tls-key-file /etc/test.key
tls-ca-cert-file /etc/test.crt
tls-auth-clients no
unixsocket /run/redis/redis.sock
enable-debug-command local
""")

    def quick(self, m):
        sh(m, "redis-benchmark -q -n 1000")

    def cli(self, m, words, good=True):
        return sh(m, f"redis-cli {words}", good=good)

    def idle(self, m):
        text = self.cli(m, "info persistence")
        return "bgsave_in_progress:0" in text and "rewrite_in_progress:0" in text

    def replicas(self, m):
        """First ours is copied, then it copies."""
        sh(m, "redis-server --port 7000 --daemonize yes --dir /tmp --pidfile /tmp/other.pid "
           "--replicaof 127.0.0.1 6379")
        copied = lambda text: "link_status:up" in self.cli(m, text)  # noqa: E731
        eventually("a replica", lambda: copied("-p 7000 info replication"))
        self.cli(m, "-p 7000 replicaof no one")
        self.cli(m, "config set repl-diskless-sync no")
        self.cli(m, "replicaof 127.0.0.1 7000")
        eventually("being a replica", lambda: copied("info replication"))
        self.cli(m, "-p 7000 set fresh value")
        self.cli(m, "replicaof no one")
        self.cli(m, "-p 7000 shutdown nosave", good=None)

    def rich(self, m):
        loads.redis()
        eventually("quiet", lambda: self.idle(m))
        for words in ("--tls --insecure -p 6380 ping", "-s /run/redis/redis.sock ping",
                      "info all", "client list", "memory doctor", "slowlog get", "latency doctor",
                      "acl setuser other on '>x' '+get' '~*'", "config rewrite", "lastsave",
                      "config set save '1 1'", "set a b", "debug sleep 1.2", "dbsize",
                      "eval 'for i=1,100000 do redis.call(\"set\",\"k\"..i,i) end' 0",
                      "config set activedefrag yes", "config set hz 100", "time", "keys 'k1*'",
                      "object freq k1", "geoadd g 1 1 x", "pfadd h 1 2 3", "xadd s '*' a b",
                      "subscribe x & sleep 0.3; redis-cli publish x y; kill %1",
                      "blpop nothing 1", "flushall async", "config set maxclients 2000",
                      "config set maxmemory 30mb", "config set maxmemory-policy allkeys-lru"):
            self.cli(m, words, good=None)
        sh(m, "redis-benchmark -q -n 20000 -r 100000 -d 1000 -t set,lpush,get -P 16")
        self.cli(m, "config set maxmemory 0")
        sh(m, "head -c 50000000 /dev/zero | redis-cli -x set large")
        sh(m, "redis-cli get large | wc -c")
        self.cli(m, "unlink large")
        self.cli(m, "config set maxmemory 100")
        self.cli(m, "set no room", good=None)
        self.cli(m, "config set maxmemory 0")
        for _ in range(5):
            abort(6379, b"*1\r\n$4\r\nPING\r\n*3\r\n", 3)
        crowd(6379, 500)
        crowd(6380, 20)
        talk(6379, b"GET / HTTP/1.1\r\n\r\n")
        self.replicas(m)
        eventually("quiet", lambda: self.idle(m))
        sh(m, "redis-benchmark -q -n 2000 -r 2000 -d 1000 -t set")
        self.cli(m, "config set appendonly yes")
        eventually("quiet", lambda: self.idle(m))
        with FullDisk(m, "/var/lib/redis"):
            self.cli(m, "save", good=None)
            self.cli(m, "bgsave", good=None)
            self.cli(m, "set on full", good=None)
            time.sleep(2)
        self.cli(m, "bgrewriteaof")
        eventually("quiet", lambda: self.idle(m))
        sh(m, "mv /var/log/redis/redis-server.log /var/log/redis/redis-server.log.1")
        sh(m, "logrotate -f /etc/logrotate.d/redis-server", good=None)
        self.cli(m, "debug reload")
        self.cli(m, "ping")


class Postgres(Recorded, services.Postgres):
    package = "postgresql"

    def __init__(self, m):
        super().__init__(m)
        self.package = f"postgresql-{self.version}"
        self.data = f"/var/lib/postgresql/{self.version}/main"

    def main_pid(self, m):
        return m.read(f"{self.data}/postmaster.pid").split("\n", maxsplit=1)[0]

    def prepare(self, m):
        super().prepare(m)
        make_certificate(m, "postgres")
        m.write(f"/etc/postgresql/{self.version}/main/conf.d/test.conf",
                "ssl = on\nssl_cert_file = '/etc/test.crt'\nssl_key_file = '/etc/test.key'\n"
                "archive_mode = on\narchive_command = ''\nlog_connections = on\n"
                "max_connections = 60\n")  # fmt: skip
        small_disk(m, "/small", 20000)
        sh(m, "chown postgres /small; mkdir -p /archive; chown postgres /archive")

    def quick(self, m):
        sh(m, "cd /tmp; runuser -u postgres -- pgbench -q -i -s 1 2>/dev/null && "
           "runuser -u postgres -- pgbench -c 4 -T 3 2>/dev/null")

    def sql(self, m, script, good=True):
        return sh(m, f"cd /tmp; runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 <<'EOF'\n"
                  f"{script}\nEOF", good=good)

    def rich(self, m):
        services.Postgres.load(self, m)
        sh(m, "cd /tmp; runuser -u postgres -- pgbench -q -i -s 5 --foreign-keys 2>/dev/null; "
           "runuser -u postgres -- pgbench -c 20 -j 2 -T 3 -C 2>/dev/null; "
           "runuser -u postgres -- pgbench -c 10 -T 3 -S -M prepared 2>/dev/null", good=None)
        sh(m, f"cd /tmp; PGPASSWORD={loads.PASSWORD} PGSSLMODE=require psql -h 127.0.0.1 "
           f"-U {loads.USER} postgres -c 'SELECT 1'")
        self.sql(m, """
ALTER SYSTEM SET archive_command = 'cp %p /archive/%f';
SELECT pg_reload_conf();
SELECT pg_switch_wal();
SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0;
SET jit_optimize_above_cost = 0;
SELECT sum(abalance), avg(aid) FROM pgbench_accounts;
SET jit = off; SET work_mem = '64kB';
SELECT count(*) FROM (SELECT DISTINCT a.aid, b.aid FROM pgbench_accounts a
  JOIN pgbench_accounts b USING (bid) WHERE a.aid < 3000 AND b.aid < 100) x;
CREATE DATABASE other;
CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto;
SELECT gen_random_uuid(), crypt('x', gen_salt('bf'));
CREATE TABLE blobs AS SELECT lo_import('/etc/services');
CREATE INDEX CONCURRENTLY ON pgbench_accounts (abalance);
CLUSTER pgbench_accounts USING pgbench_accounts_pkey;
REINDEX TABLE pgbench_accounts;
CREATE UNLOGGED TABLE quick AS SELECT generate_series(1, 100000);
CREATE MATERIALIZED VIEW v AS SELECT bid FROM pgbench_accounts; REFRESH MATERIALIZED VIEW v;
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1 / 0; END';
SELECT pg_read_file('/etc/hostname'), pg_ls_dir('/tmp'), pg_stat_file('/etc/services');
SELECT pg_create_physical_replication_slot('s'); SELECT pg_drop_replication_slot('s');
TRUNCATE quick; DROP TABLE quick; DROP MATERIALIZED VIEW v;
ALTER SYSTEM SET shared_preload_libraries = ''; SELECT * FROM pg_stat_activity;
LOAD 'auto_explain'; ANALYZE; VACUUM (ANALYZE, PARALLEL 2) pgbench_accounts;
""")
        self.sql(m, "SELECT f();", good=False)
        self.sql(m, "COPY pgbench_accounts TO '/nowhere/x';", good=False)
        sh(m, "cd /tmp; runuser -u postgres -- pg_dump -Fc -f dump postgres && "
           "runuser -u postgres -- pg_restore -j 2 -d other dump; "
           "runuser -u postgres -- dropdb other", good=None)
        sh(m, "cd /tmp; runuser -u postgres -- pg_basebackup -D /tmp/copy -X stream -c fast && "
           "runuser -u postgres -- pg_basebackup -D - -Ft -X fetch -z -c fast >/tmp/copy.tar.gz")
        self.sql(m, "CREATE TABLESPACE small LOCATION '/small';")
        self.sql(m, "CREATE TABLE full_t TABLESPACE small AS SELECT repeat('x', 1000) FROM "
                 "generate_series(1, 50000);", good=False)
        # Replayed on a full disk, the log would be the end of it.
        self.sql(m, "CHECKPOINT;")
        self.sql(m, "DROP TABLESPACE small;")
        self.sql(m, "SELECT pg_advisory_lock(1); SELECT pg_cancel_backend(pg_backend_pid());",
                 good=False)
        self.sql(m, "SELECT pg_terminate_backend(pg_backend_pid());", good=False)
        self.sql(m, "SET statement_timeout = 100; SELECT pg_sleep(5);", good=False)
        for _ in range(5):
            abort(5432, b"\0\0\0\x08\x04\xd2\x16\x2f", 1)
            abort(5432, b"nonsense", 0)
        crowd(5432, 80)
        self.reload(m)
        sh(m, "logrotate -f /etc/logrotate.d/postgresql-common", good=None)
        sh(m, f"pkill -KILL -P {self.main_pid(m)} -f pgbench; "
           "(cd /tmp; runuser -u postgres -- psql -X -c 'SELECT pg_sleep(20)') & sleep 1; "
           "pkill -KILL -f '^postgres: .*SELECT'; wait", good=None)
        self.wait_ready(m)
        eventually("recovery", lambda: self.sql(m, "SELECT 1;", good=None).strip())
        self.sql(m, "CHECKPOINT; SELECT count(*) FROM pgbench_accounts;")
        sh(m, "cd /tmp; runuser -u postgres -- vacuumdb -q -a -f -j 2; "
           "runuser -u postgres -- reindexdb -q -a", good=None)
        self.sql(m, "ALTER SYSTEM SET log_destination = 'csvlog'; SELECT pg_reload_conf();")
        sh(m, f"pg_ctlcluster {self.version} main promote", good=None)


class Mariadb(Recorded):
    name, unit, port = "mariadb", "mariadb.service", 3306
    package, program = "mariadb-server", "mariadbd"
    runtime = "mysqld"

    def prepare(self, m):
        make_certificate(m, "mysql")
        if not os.path.exists(m.path("/var/lib/mysql/mysql")):
            sh(m, "mariadb-install-db --user=mysql --auth-root-authentication-method=socket")
        sh(m, "mkdir -p /var/log/mysql /small; chown mysql /var/log/mysql /small")
        small_disk(m, "/small", 3000)
        m.write("/etc/mysql/mariadb.conf.d/99-test.cnf", """[mariadbd]
log_bin = /var/log/mysql/bin
slow_query_log = 1
slow_query_log_file = /var/log/mysql/slow.log
log_error = /var/log/mysql/error.log
long_query_time = 0.1
ssl_cert = /etc/test.crt
ssl_key = /etc/test.key
max_allowed_packet = 64M
tmpdir = /small
""")

    def sql(self, m, script, good=True, words=""):
        return sh(m, f"mariadb {words} <<'EOF'\n{script}\nEOF", good=good)

    def quick(self, m):
        sh(m, "mariadb-slap --auto-generate-sql --concurrency=5 --number-of-queries=500")

    def rich(self, m):
        sh(m, "mariadb-slap --auto-generate-sql --auto-generate-sql-load-type=mixed "
           "--concurrency=40 --number-of-queries=2000 --engine=innodb")
        sh(m, "mariadb-slap --auto-generate-sql --concurrency=5 --number-of-queries=300 "
           "--engine=aria", good=None)
        engines = "".join(f"""
CREATE TABLE {e} (a int PRIMARY KEY AUTO_INCREMENT, b varchar(200), c longblob) ENGINE={e};
INSERT INTO {e} (b) SELECT repeat(seq, 5) FROM seq_1_to_20000;
UPDATE {e} SET b = concat(b, 'y') WHERE a % 3 = 0;
DELETE FROM {e} WHERE a % 7 = 0;
ALTER TABLE {e} ADD INDEX (b), ADD COLUMN d int DEFAULT 1;
ALTER TABLE {e} FORCE;
OPTIMIZE TABLE {e}; ANALYZE TABLE {e}; CHECK TABLE {e} EXTENDED; REPAIR TABLE {e};
INSERT INTO {e} (b, c) VALUES ('large', repeat('x', 20000000));
""" for e in ("InnoDB", "MyISAM", "Aria"))  # fmt: skip
        self.sql(m, f"""
CREATE DATABASE t; USE t;{engines}
SELECT * FROM InnoDB INTO OUTFILE '/tmp/out.txt' LINES TERMINATED BY '\\n';
CREATE TABLE back LIKE Aria;
SELECT a, b FROM MyISAM LIMIT 1000 INTO OUTFILE '/tmp/few.txt';
LOAD DATA INFILE '/tmp/few.txt' INTO TABLE back (a, b);
SELECT length(load_file('/etc/services'));
CREATE TABLE parts (a int) PARTITION BY HASH (a) PARTITIONS 8;
ALTER TABLE parts COALESCE PARTITION 2;
CREATE TABLE z (a text) ROW_FORMAT=COMPRESSED; INSERT INTO z SELECT b FROM InnoDB;
CREATE PROCEDURE p() BEGIN SELECT 1; END;
CALL p();
CREATE EVENT ev ON SCHEDULE EVERY 1 SECOND DO INSERT INTO parts VALUES (1);
SET GLOBAL event_scheduler = on; SET GLOBAL general_log = on;
CREATE TEMPORARY TABLE tt AS SELECT * FROM MyISAM LIMIT 100;
XA START 'x'; INSERT INTO parts VALUES (2); XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x';
FLUSH LOGS; FLUSH TABLES; FLUSH TABLES WITH READ LOCK; UNLOCK TABLES; FLUSH PRIVILEGES;
PURGE BINARY LOGS BEFORE now(); SHOW BINARY LOGS; SHOW ENGINE InnoDB STATUS;
SET GLOBAL innodb_buffer_pool_size = 64*1024*1024; SET GLOBAL max_connections = 50;
SET GLOBAL innodb_buffer_pool_dump_now = on;
INSTALL SONAME 'locales'; UNINSTALL SONAME 'locales';
CREATE USER tester@localhost IDENTIFIED BY '{loads.PASSWORD}';
GRANT ALL ON t.* TO tester@localhost;
RENAME TABLE back TO back2; TRUNCATE back2; DROP TABLE back2; SHOW PROCESSLIST;
SELECT uuid(), random_bytes(8), sha2('x', 256), sleep(0.3);
ALTER TABLE parts REMOVE PARTITIONING; SELECT 1 FROM information_schema.tables;
""", good=None, words="--force")
        self.sql(m, "SELECT DISTINCT a.b, b.b FROM InnoDB a JOIN InnoDB b ORDER BY 2, 1 "
                 "LIMIT 1000000;", good=None, words="t >/dev/null")
        options = f"-h 127.0.0.1 -u tester -p{loads.PASSWORD}"
        self.sql(m, "SELECT 1;", words=f"{options} --ssl --compress")
        self.sql(m, "SELECT 1;", words="-h 127.0.0.1 -u tester -pwrong", good=False)
        self.sql(m, "SELECT no_such;", good=False)
        self.sql(m, "KILL connection_id();", good=False)
        sh(m, "mariadb-dump --single-transaction --all-databases >/tmp/dump.sql; "
           "mariadb --force t </tmp/dump.sql; mariadb-check --all-databases; "
           "mariadb-admin refresh; mariadb-admin reload; mariadb-admin flush-logs extended-status; "
           "mariadb-binlog /var/log/mysql/bin.000001 | wc -c", good=None, timeout=120)
        for _ in range(5):
            abort(3306, b"", 20)
            abort(3306, b"nonsense", 0)
        crowd(3306, 70)
        with FullDisk(m, "/small"):
            self.sql(m, "SELECT b, count(*) FROM t.MyISAM GROUP BY b ORDER BY 2, 1;", good=None,
                     words=">/dev/null")
        sh(m, "mv /var/log/mysql/error.log /var/log/mysql/error.log.1; mariadb-admin flush-logs")
        self.signal(m, "HUP")
        sh(m, "logrotate -f /etc/logrotate.d/mariadb", good=None)
        self.sql(m, "DROP DATABASE t;")


class Memcached(Recorded):
    name, unit, port = "memcached", "memcached.service", 11211
    package = program = "memcached"

    def prepare(self, m):
        sh(m, "install -d -o memcache /run/memcached")

    def quick(self, m):
        for i in range(300):
            value = b"x" * 500
            check(talk(11211, b"set key%d 0 60 500\r\n%s\r\n" % (i, value)) == b"STORED\r\n", "set")
            check(value in talk(11211, b"get key%d\r\n" % i), "get")

    def large(self):
        with connect(11211) as s:
            for i in range(100):
                s.sendall(b"set large%d 0 2 1000000\r\n%s\r\n" % (i, b"x" * 1000000))
                check(s.recv(100) == b"STORED\r\n", "set of a large value")
            s.sendall(b"get large99 large98 large97\r\n")
            left = 3000000
            while left > 0:
                left -= len(s.recv(65536))
        talk(11211, b"set toolarge 0 0 2000000\r\n" + b"x" * 2000000 + b"\r\n")

    def binary(self):
        key, value = b"k", b"v"
        store = struct.pack("!BBHBBHIIQII", 0x80, 1, 1, 8, 0, 0, 10, 7, 0, 0, 0) + key + value
        fetch = struct.pack("!BBHBBHIIQ", 0x80, 0, 1, 0, 0, 0, 1, 8, 0) + key
        statistics = struct.pack("!BBHBBHIIQ", 0x80, 0x10, 0, 0, 0, 0, 0, 9, 0)
        check(value in talk(11211, store, fetch), "binary get")
        talk(11211, statistics)

    def rich(self, m):
        self.quick(m)
        loads.in_parallel(self.large, 4, 4)
        self.binary()
        for line in (b"stats", b"stats slabs", b"stats items", b"stats settings", b"stats sizes",
                     b"stats conns", b"version", b"verbosity 2", b"incr none 1", b"nonsense",
                     b"gets key1", b"touch key1 1", b"gat 5 key1", b"delete key1", b"mg key2 v",
                     b"lru_crawler enable", b"lru_crawler crawl all", b"lru_crawler metadump all",
                     b"slabs automove 1", b"slabs reassign 1 2", b"lru mode segmented",
                     b"cache_memlimit 32", b"flush_all 1", b"verbosity 0", b"shutdown"):
            talk(11211, line + b"\r\n")
        time.sleep(3)
        with connect(11211) as s:
            s.sendall(b"watch fetchers mutations evictions\r\n")
            s.recv(100)
            self.large()
        for _ in range(5):
            abort(11211, b"get key2\r\nset x 0 0 100\r\nabc", 0)
            abort(11211, b"get large99\r\n", 10)
        crowd(11211, 1100, 1.5)
        self.wait_ready(m)
        self.quick(m)
        self.signal(m, "HUP")
        if os.path.exists(m.path("/etc/logrotate.d/memcached")):
            sh(m, "logrotate -f /etc/logrotate.d/memcached", good=None)
