# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian with its own systemd in a container, for a test to break.

    with Machine("12") as machine:
        machine.write("/etc/systemd/system/x.service", "[Service]\\n...")
        machine.systemctl("daemon-reload")
        machine.systemctl("start", "x.service")
        machine.wait_state("x.service", "active")

Its root is a cached one below a tmpfs, so it starts from the same state each time. It has a
network, process ids and control groups of its own. Processes, mounts and control groups end with
the test, however that ends: the kernel kills the container with us, and a keeper, which waits for
our end, removes the control groups. Missing is raised where that cannot be had.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import roots
from roots import HERE, Missing

import harness
from harness import ENVIRONMENT, PATIENCE, Result, wait_for

BOOT_SECONDS = 90
LOGINUID = 1 << 30  # no user has one that high


def control_group_roots():
    """Where systemd-nspawn looks for control groups: its own hierarchy of the old kind, and v2."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        for line in f:
            fields, _, rest = line.partition(" - ")
            kind, _, options = rest.split(None, 2)
            if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options):
                found.append(fields.split()[4])
    return list(dict.fromkeys(found))


def members_of(group):
    pids = []
    for directory, _, _ in os.walk(group):
        try:
            with open(f"{directory}/cgroup.procs", encoding="ascii") as f:
                pids += [int(line) for line in f]
        except OSError:
            pass
    return pids


def remove_groups(groups):
    """Ends what is in there still, and removes them; a killed process leaves its group late."""
    for group in groups:
        for _ in range(500):
            for pid in members_of(group):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            for directory, _, _ in os.walk(group, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:
                    pass
            if not os.path.isdir(group):
                break
            time.sleep(0.01)


def check_rights():
    if os.geteuid() != 0:
        raise Missing("only root can boot a container")
    for program in ("systemd-nspawn", "unshare", "nsenter", "setpriv"):
        if not shutil.which(program, path=ENVIRONMENT["PATH"]):
            raise Missing(f"{program} is not installed")
    with open("/proc/self/status", encoding="ascii") as f:
        if not re.search(r"^Seccomp:\s+0$", f.read(), re.MULTILINE):
            raise Missing("a seccomp filter lies over this process and would over every service")


class Machine:
    def __init__(self, release, more=()):
        """more: packages that its root has beside those of roots.py."""
        self.release = release
        self.more = more
        self.name = f"sysprofile-{release}-{os.getpid()}"
        # By which audit records of what runs in here are known, but for sessions of its users.
        self.loginuid = LOGINUID + os.getpid()
        self.groups = []
        self.nspawn = self.keeper = self.directory = self.console = None
        self.pid = None  # of its PID 1, on the host

    def __enter__(self):
        check_rights()
        root = roots.root_of(self.release, self.more)
        harness.AT_END.append(self.clean_up)
        try:
            self.boot(root)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    # --- beginning and end ---

    def make_groups(self):
        for parent in control_group_roots():
            self.groups.append(f"{parent}/{self.name}")
        self.start_keeper()
        try:
            for group in self.groups:
                os.mkdir(group)
        except OSError as e:
            raise Missing(f"{e.filename}: {e.strerror}") from e
        if not self.groups:
            raise Missing("no control groups are mounted")

    def start_keeper(self):
        """A process that outlives us only as long as it takes to clean up."""
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                os.close(theirs)
                os.read(ours, 1)
                remove_groups(self.groups)
                shutil.rmtree(self.directory, ignore_errors=True)
            finally:
                os._exit(0)
        os.close(ours)
        harness.OWN.add(pid)
        self.keeper = (pid, theirs)

    def boot(self, root):
        self.directory = harness.make_directory()
        self.make_groups()
        self.console = tempfile.TemporaryFile()
        # The kernel ends nspawn with us, and nspawn has it end the container.
        own_mounts = ["unshare", "--mount", "--propagation", "private"]
        self.nspawn = harness.start(
            ["setpriv", "--pdeathsig", "KILL", *own_mounts, HERE / "boot.sh", root]
            + [self.directory, self.name, str(self.loginuid), *self.groups],
            stdout=self.console,
            stderr=self.console,
        )
        if not wait_for(self.find_pid, BOOT_SECONDS) or not wait_for(self.is_up, BOOT_SECONDS):
            self.console.seek(0)
            said = self.console.read().decode(errors="replace").strip().splitlines()
            raise Missing(f"Debian {self.release} does not boot: {' / '.join(said[-3:])}")

    def find_pid(self):
        """Its PID 1; also when nspawn has ended, so that nobody waits any longer."""
        for pid in harness.descendants_of(self.nspawn.pid):
            try:
                with open(f"/proc/{pid}/status", encoding="ascii") as f:
                    inner = re.search(r"^NSpid:.*\t(\d+)$", f.read(), re.MULTILINE)
                exe = os.readlink(f"/proc/{pid}/exe")
            except OSError:
                continue
            if inner and inner[1] == "1" and exe.endswith("/systemd"):
                self.pid = pid
        return self.pid or self.nspawn.poll() is not None

    def is_up(self):
        if not self.pid or self.nspawn.poll() is not None:
            return False
        state = self.run(["systemctl", "is-system-running"], 30).stdout.decode().strip()
        return state in ("running", "degraded")

    def end(self):
        if self.pid:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.nspawn:
            harness.end_descendants(self.nspawn.pid)
            self.nspawn.kill()
            self.nspawn.wait(30)
            harness.OWN.discard(self.nspawn.pid)
        self.clean_up()
        if self.keeper:
            pid, pipe = self.keeper
            os.close(pipe)
            os.waitpid(pid, 0)
            harness.OWN.discard(pid)
            self.keeper = None
        if self.console:
            self.console.close()
        harness.AT_END.remove(self.clean_up)

    def clean_up(self):
        """When all processes have ended."""
        remove_groups(self.groups)
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)
            harness.DIRECTORIES.discard(self.directory)

    # --- in use ---

    def inside(self, argv, namespaces=("--all",)):
        """The command line on the host for a command inside."""
        return ["nsenter", f"--target={self.pid}", *namespaces, "--", *map(str, argv)]

    def start(self, argv, **keywords):
        """harness.start() of a command inside."""
        return harness.start(self.inside(argv), **keywords)

    def run(self, argv, timeout=30, stdin=b"", env=None, namespaces=("--all",)):
        """Runs a command inside to its end, at most timeout seconds; a harness.Result."""
        begin = time.monotonic()
        late = False
        # Files and not pipes: a daemon that keeps stdout open must not keep us from going on.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = harness.start(
                self.inside(argv, namespaces),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env={**ENVIRONMENT, **(env or {})},
            )
            try:
                process.communicate(stdin, timeout * PATIENCE)
            except subprocess.TimeoutExpired:
                late = True
                harness.end_descendants(process.pid)
                process.kill()
                process.wait(10)
            harness.OWN.discard(process.pid)
            out.seek(0)
            err.seek(0)
            seconds = time.monotonic() - begin
            return Result(process.returncode, out.read(), err.read(), late, seconds)

    def finish(self, process, timeout=20):
        """harness.finish() of what start() gave, which leaves the machine alone."""
        begin = time.monotonic()
        late = not wait_for(lambda: process.poll() is not None, timeout)
        if late:
            harness.end_descendants(process.pid)
            process.kill()
        result = harness.finish(process, 10)
        return Result(result.status, result.stdout, result.stderr, late, time.monotonic() - begin)

    def must(self, argv, timeout=30, **keywords):
        """Standard output of a command that has to succeed."""
        result = self.run(argv, timeout, **keywords)
        if result.status != 0:
            raise RuntimeError(f"Debian {self.release}: {' '.join(map(str, argv))}: {result}")
        return result.stdout.decode(errors="replace")

    def path(self, inside):
        """The host's name of a file inside. Links are followed here: to the host, an absolute one
        would lead out of the machine."""
        top = f"/proc/{self.pid}/root"
        todo = inside.strip("/").split("/")
        found = []
        for _ in range(200):
            if not todo:
                return "/".join([top, *found])
            part = todo.pop(0)
            if part == "..":
                found = found[:-1]
            elif part not in ("", "."):
                path = "/".join([top, *found, part])
                if not os.path.islink(path):
                    found.append(part)
                    continue
                target = os.readlink(path)
                found = [] if target.startswith("/") else found
                todo = target.split("/") + todo
        raise RuntimeError(f"{inside}: too many links")

    def write(self, inside, text, mode=0o644):
        path = self.path(inside)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)

    def read(self, inside):
        with open(self.path(inside), encoding="utf-8", errors="replace") as f:
            return f.read()

    def copy_in(self, outside, inside):
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        shutil.copy(outside, self.path(inside))

    def copy_out(self, inside, outside):
        shutil.copy(self.path(inside), outside)

    def systemctl(self, *words, timeout=60):
        return self.run(["systemctl", "--no-pager", *words], timeout)

    def show(self, unit, *properties):
        """{property: value}"""
        lines = self.must(["systemctl", "show", f"--property={','.join(properties)}", unit])
        return dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)

    def state(self, unit):
        return self.show(unit, "ActiveState")["ActiveState"]

    def wait_state(self, unit, wanted, timeout=30):
        return wait_for(lambda: self.state(unit) == wanted, timeout)

    def systemd_version(self):
        """(major, version): 252, "252.39" """
        text = self.must(["systemd-analyze", "--version"])
        found = re.match(r"systemd (\d+)(?: \((\d+(?:\.\d+)?))?", text)
        return int(found[1]), found[2] or found[1]
