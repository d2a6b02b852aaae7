# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the integration tests share: where the programs are, runs with an end, terminals, and TAP.

Nothing that a test starts outlives it. This process is a subreaper (prctl(2)), so whatever leaves
its session, as daemons do, becomes its child again and is found and ended by its process id. The
same happens, and the directories go too, when a test is ended early: Ctrl-C, or a time limit.
"""

import ctypes
import errno
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time

BUILD = os.path.abspath(os.environ.get("SYSPROFILE_BUILD", "build"))
SYSPROFILE = os.path.join(BUILD, "src", "sysprofile")
MUST_RUN = os.environ.get("SYSPROFILE_TESTS_MUST_RUN") == "1"
# A loaded machine, or a sanitised build, may need more.
PATIENCE = float(os.environ.get("SYSPROFILE_TESTS_PATIENCE", "1"))

# What programs under test see: small, equal everywhere, and nothing of ours to leak into a log.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    **{
        name: value
        for name, value in os.environ.items()
        if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "SYSPROFILE_WAIT", "TMPDIR")
    },
}

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def tracee(name):
    return os.path.join(BUILD, "tests", "tracees", name)


class Tap:
    """Test Anything Protocol, the plan at the end."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            self.note(detail)
        sys.stdout.flush()
        return bool(good)

    def same(self, got, wanted, name):
        return self.ok(got == wanted, name, f"wanted {wanted!r}\ngot    {got!r}")

    def skip(self, name, reason):
        """A check that cannot run says why; where all must run, that is a failure."""
        self.count += 1
        self.failed += MUST_RUN
        print(f"{'not ok' if MUST_RUN else 'ok'} {self.count} - {name} # SKIP {reason}")
        sys.stdout.flush()

    @staticmethod
    def note(text):
        for line in str(text).splitlines():
            print(f"# {line}")
        sys.stdout.flush()

    def finish(self):
        end_descendants()
        print(f"1..{self.count}")
        sys.stdout.flush()
        sys.exit(1 if self.failed else 0)


def need(*paths):
    """Ends the script when what it is about has not been built."""
    for path in paths or (SYSPROFILE,):
        if not os.access(path, os.X_OK):
            if MUST_RUN:
                print(f"1..1\nnot ok 1 - {path} is missing")
                sys.exit(1)
            print(f"1..0 # SKIP {path} is missing")
            sys.exit(0)


# --- processes ---


def children_of(pid):
    found = []
    try:
        for tid in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{tid}/children", encoding="ascii") as f:
                found += [int(word) for word in f.read().split()]
    except OSError:
        pass
    return found


def descendants_of(pid):
    found = []
    todo = children_of(pid)
    while todo:
        child = todo.pop()
        found.append(child)
        todo += children_of(child)
    return found


def is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def reap():
    """Takes leave of orphans that ended; children of subprocess's are its own to wait for."""
    for pid in children_of(os.getpid()):
        if pid not in OWN and is_zombie(pid):
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


OWN = set()  # started by us and waited for by us


def living():
    """Live descendants. None has to be said three times.

    A child whose parent ends while we look is in neither's list: not yet in ours, when that was
    read, and not in its parent's any more.
    """
    for _ in range(3):
        reap()
        alive = [pid for pid in descendants_of(os.getpid()) if not is_zombie(pid)]
        if alive:
            return alive
    return []


def left_over(seconds=5.0):
    """Command lines of what still lives below this process, after some time to end."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        alive = living()
        if not alive or time.monotonic() > end:
            break
        time.sleep(0.02)
    result = []
    for pid in alive:
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                result.append(f"{pid}: {f.read().replace(bytes(1), b' ').decode(errors='replace')}")
        except OSError:
            pass
    return result


def end_descendants(of=None):
    """Kills what is left, each by its id, until nothing is: of everything, or below one process."""
    for _ in range(100):
        alive = living() if of is None else descendants_of(of)
        if not alive:
            return
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        time.sleep(0.02)


DIRECTORIES = set()  # to be removed in any case
AT_END = []  # to be called in any case, when no descendant is left and before directories go
ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
SCRIPT = os.getpid()


def end_early(number, _frame):
    """Meson gives a test half a second between SIGTERM and SIGKILL, so nothing is asked nicely."""
    if os.getpid() != SCRIPT:
        # A child before its exec has the handlers of this process still.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)
    end_descendants()
    for clean_up in AT_END:
        clean_up()
    for path in list(DIRECTORIES):
        shutil.rmtree(path, ignore_errors=True)
    # No way back through the script: it would go on as if a program had ended by itself.
    os._exit(128 + number)


for ending in ENDING:
    # nohup(1) and a shell's & have some of them ignored.
    if signal.getsignal(ending) != signal.SIG_IGN:
        signal.signal(ending, end_early)


def make_directory(prefix="sysprofile-test-", parent=None):
    """A fresh directory that end_early() knows; whoever removes it says so in DIRECTORIES."""
    old = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        path = tempfile.mkdtemp(prefix=prefix, dir=parent)
        DIRECTORIES.add(path)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
    return path


class Result:
    def __init__(self, status, stdout, stderr, timed_out, seconds):
        self.status = status  # as subprocess has it: negative for a signal
        self.stdout = stdout
        self.stderr = stderr
        self.timed_out = timed_out
        self.seconds = seconds

    def __repr__(self):
        late = ", TIMED OUT" if self.timed_out else ""
        return (
            f"status {self.status}{late}\nstdout {self.stdout[-2000:]!r}\n"
            f"stderr {self.stderr[-2000:]!r}"
        )


def run(argv, timeout=30, stdin=b"", cwd=None, env=None, setup=None, pass_fds=()):
    """Runs argv in a session of its own to its end; kills all of it when it takes too long."""
    start = time.monotonic()
    timed_out = False
    # Files and not pipes: a daemon that keeps stdout open must not keep us from going on.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        source = subprocess.PIPE if isinstance(stdin, bytes) else stdin
        with subprocess.Popen(
            argv,
            stdin=source,
            stdout=out,
            stderr=err,
            cwd=cwd,
            env=ENVIRONMENT if env is None else env,
            start_new_session=True,
            preexec_fn=setup,
            pass_fds=pass_fds,
        ) as process:
            OWN.add(process.pid)
            try:
                given = stdin if source == subprocess.PIPE else None
                process.communicate(given, timeout * PATIENCE)
            except subprocess.TimeoutExpired:
                timed_out = True
                end_descendants()
                process.wait(10)
            OWN.discard(process.pid)
        out.seek(0)
        err.seek(0)
        return Result(
            process.returncode, out.read(), err.read(), timed_out, time.monotonic() - start
        )


def start(argv, **keywords):
    """Starts argv in a session of its own, with pipes unless said otherwise."""
    keywords.setdefault("env", ENVIRONMENT)
    keywords.setdefault("stdin", subprocess.DEVNULL)
    keywords.setdefault("stdout", subprocess.PIPE)
    keywords.setdefault("stderr", subprocess.PIPE)
    process = subprocess.Popen(argv, start_new_session=True, **keywords)
    OWN.add(process.pid)
    return process


def finish(process, timeout=20):
    """Waits for what start() gave; returns a Result."""
    begin = time.monotonic()
    timed_out = False
    try:
        out, err = process.communicate(timeout=timeout * PATIENCE)
    except subprocess.TimeoutExpired:
        timed_out = True
        end_descendants()
        out, err = process.communicate(timeout=10)
    OWN.discard(process.pid)
    return Result(process.returncode, out or b"", err or b"", timed_out, time.monotonic() - begin)


def read_until(process, text, timeout=20):
    """Reads the process's stdout until text has come; returns what was read, text or not."""
    end = time.monotonic() + timeout * PATIENCE
    got = b""
    fd = process.stdout.fileno()
    while text not in got:
        left = end - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            break
        data = os.read(fd, 4096)
        if not data:
            break
        got += data
    return got


def wait_for(condition, timeout=10):
    end = time.monotonic() + timeout * PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Terminal:
    """A pseudo-terminal with argv as its session leader."""

    def __init__(self, argv, env=None):
        self.text = b""
        self.mark = 0
        self.status = None
        self.master, slave = pty.openpty()
        modes = termios.tcgetattr(slave)
        modes[1] &= ~termios.ONLCR
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for fd in range(3):
                    os.dup2(slave, fd)
                os.closerange(3, 256)
                for sig in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
                    signal.signal(sig, signal.SIG_DFL)
                os.execvpe(argv[0], argv, ENVIRONMENT if env is None else env)
            finally:
                os._exit(127)
        os.close(slave)
        OWN.add(self.pid)

    def read(self, seconds):
        if self.master < 0 or not select.select([self.master], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self.master, 4096)
        except OSError as e:
            # EIO: nobody has the other end open any more.
            if e.errno != errno.EIO:
                raise
            data = b""
        self.text += data
        return bool(data)

    def expect(self, pattern, timeout=15):
        """Waits until the pattern has come after the place of the last find."""
        end = time.monotonic() + timeout * PATIENCE
        while True:
            found = re.search(pattern, self.text[self.mark :])
            if found:
                self.mark += found.end()
                return True
            if time.monotonic() > end or not self.read(end - time.monotonic()):
                found = re.search(pattern, self.text[self.mark :])
                return bool(found)

    def send(self, data):
        os.write(self.master, data)

    def close(self):
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def wait(self, timeout=15):
        """The status as subprocess has it; None when it did not end in time (it is killed)."""
        end = time.monotonic() + timeout * PATIENCE
        while self.status is None and time.monotonic() < end:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        late = self.status is None
        if late:
            end_descendants()
            os.waitpid(self.pid, 0)
        else:
            while self.read(0.05):
                pass
        OWN.discard(self.pid)
        self.close()
        return None if late else self.status


class Directory:
    """A temporary directory that others may enter (setuid programs, other users)."""

    def __enter__(self):
        self.path = make_directory()
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
        DIRECTORIES.discard(self.path)


def read_names(path):
    """The lines that -f names wrote; None when there is no such file."""
    try:
        with open(path, encoding="utf-8") as f:
            return f.read().splitlines()
    except FileNotFoundError:
        return None
