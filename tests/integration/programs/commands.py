# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that do their work and end."""

import os

from programs import Program, tool, write


class Ls(Program):
    name = "ls"
    packages = "coreutils"
    binaries = ("ls",)

    def prepare(self, room):
        return ["ls", "-lR", "/usr/include"]


PYTHON = """
import json, multiprocessing, os, socket, sqlite3, ssl, subprocess, sys, tempfile, threading

def square(n):
    return n * n

if __name__ == "__main__":
    print(len(json.dumps(json.loads(json.dumps({str(n): [n] * n for n in range(200)})))))
    with tempfile.TemporaryDirectory() as directory:
        base = sqlite3.connect(os.path.join(directory, "base"))
        base.execute("create table t (n integer)")
        base.executemany("insert into t values (?)", [(n,) for n in range(1000)])
        base.commit()
        print(base.execute("select sum(n) from t").fetchone()[0])
        base.close()
    print(ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED)
    a, b = socket.socketpair()
    seen = []
    reader = threading.Thread(target=lambda: seen.append(b.recv(10)))
    reader.start()
    a.send(b"hello")
    reader.join()
    print(seen)
    print(subprocess.run(["true"]).returncode)
    print(subprocess.run("echo $((6 * 7))", shell=True, stdout=subprocess.PIPE).stdout)
    # Without terminate(), which kills only those workers that it finds alive.
    pool = multiprocessing.Pool(3)
    print(sum(pool.map(square, range(100))))
    pool.close()
    pool.join()
"""


class Python(Program):
    name = "python"
    packages = "python3"
    binaries = ("/usr/bin/python3",)

    def prepare(self, room):
        return ["/usr/bin/python3", "-B", write(os.path.join(room.path, "program.py"), PYTHON)]


class GitClone(Program):
    name = "git"
    packages = "git"
    binaries = ("git",)

    def prepare(self, room):
        source = os.path.join(room.path, "source")
        git = ["git", "-C", source, "-c", "user.name=T", "-c", "user.email=t@example.org"]
        tool(["git", "init", "-q", source])
        for i in range(40):
            write(os.path.join(source, f"file{i}"), f"{i}\n" * 300)
        tool([*git, "add", "."])
        tool([*git, "commit", "-q", "-m", "first"])
        # --no-local: through upload-pack and index-pack, as from another machine.
        return ["git", "clone", "-q", "--no-local", source, os.path.join(room.path, "clone")]


class Gcc(Program):
    name = "gcc"
    packages = "gcc libc6-dev"
    binaries = ("gcc",)

    def prepare(self, room):
        path = os.path.join(room.path, "hello.c")
        write(path, '#include <stdio.h>\nint main(void)\n{\n\treturn puts("hello") < 0;\n}\n')
        return ["gcc", "-O2", "-o", os.path.join(room.path, "hello"), path]


PERL = r"""
use strict; use IO::Socket::INET; use POSIX; use Time::HiRes 'sleep';
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die;
my $pid = fork;
if (!$pid) {
    my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die;
    print $c "hello\n"; close $c; POSIX::_exit(3);
}
my $c = $server->accept; print scalar <$c>; waitpid $pid, 0; print $? >> 8, "\n";
local $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; POSIX::pause();
my %words; $words{$_ % 97}++ for 1 .. 20000; print scalar(keys %words), "\n";
print `echo below`; sleep 0.01;
"""


class Perl(Program):
    name = "perl"
    packages = "perl"
    binaries = ("perl",)

    def prepare(self, room):
        return ["perl", write(os.path.join(room.path, "program.pl"), PERL)]


BASH = """
set -m
for i in $(seq 20); do echo "$i" | tr 0-9 a-j | cat > /dev/null; done
sleep 0.2 & sleep 0.1 & jobs > /dev/null; wait
diff <(echo a) <(echo b) > /dev/null
cat <<< "here" | while read -r word; do echo "$word"; done
trap 'echo trapped' USR1; kill -USR1 $$
(exit 5) || echo $?
read -r -t 0.1 x < /dev/null; coproc cat; echo y >&"${COPROC[1]}"; read -r z <&"${COPROC[0]}"
kill %%; wait; ls / | sort | head -2 > /dev/null; [[ -r /etc/passwd ]] && umask 077; ulimit -n
"""


class Bash(Program):
    name = "bash"
    packages = "bash"
    binaries = ("bash",)

    def prepare(self, room):
        return ["bash", write(os.path.join(room.path, "program.sh"), BASH)]


class TarGzip(Program):
    name = "tar"
    packages = "tar gzip"
    binaries = ("tar", "gzip")

    def prepare(self, room):
        archive = os.path.join(room.path, "archive.tar.gz")
        return ["sh", "-c", f"tar -C /usr/include -cf - linux | gzip -1 > {archive}"]


class Int80(Program):
    """The i386 ABI from 64-bit code, against which strace's numbers and names are read."""

    name = "int80"
    packages = ""

    def missing(self):
        from harness import tracee

        return [] if os.access(tracee("int80"), os.X_OK) else [tracee("int80")]

    def prepare(self, room):
        from harness import tracee

        return [tracee("int80")]


PROGRAMS = [Ls(), Python(), GitClone(), Gcc(), Perl(), Bash(), TarGzip(), Int80()]
