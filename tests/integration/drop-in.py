#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--drop-in: where it writes, what it refuses to, and that nothing is lost or left then. TAP.

All is below a root of the test's own; what a real systemd makes of the file tests/systemd asks.
"""

import os
import re
import shutil
import stat
import subprocess
import sys

import harness
from harness import ENVIRONMENT, SYSPROFILE, Directory, Tap, need, run

tap = Tap()

LIB, ETC, RUN = "/usr/lib/systemd/system", "/etc/systemd/system", "/run/systemd/system"
NAME = "90-sysprofile.conf"
UNIT = "[Service]\nExecStart=/bin/true\n"
LOG = """1 execve("/usr/sbin/d", ["d"], 0x7ffc /* 1 var */) = 0
1 brk(NULL) = 0x1000
1 openat(AT_FDCWD, "/etc/d", O_RDONLY) = 3
1 read(3, "", 4096) = 0
1 close(3) = 0
1 setuid(7) = 0
1 exit_group(0) = ?
"""
BASE = {f"{LIB}/foo.service": UNIT, f"{LIB}/foo@.service": UNIT}


class Place:
    """A root with files in it ("-> " for links) and the program at work below it."""

    def __init__(self, files=()):
        self.directory = Directory()
        self.files = {**BASE, **dict(files)}

    def __enter__(self):
        self.path = self.directory.__enter__()
        self.root = f"{self.path}/root"
        os.mkdir(self.root)
        for path, text in self.files.items():
            self.write(path, text)
        os.mkdir(f"{self.path}/tmp", 0o755)
        with open(f"{self.path}/log", "w", encoding="ascii") as f:
            f.write(LOG)
        return self

    def __exit__(self, *_):
        self.directory.__exit__()

    def full(self, path):
        return self.root + path

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.full(path)), exist_ok=True)
        if text.startswith("-> "):
            os.symlink(text[3:], self.full(path))
        elif text == "DIRECTORY":
            os.mkdir(self.full(path))
        else:
            with open(self.full(path), "w", encoding="utf-8") as f:
                f.write(text)

    def read(self, path):
        with open(self.full(path), encoding="utf-8") as f:
            return f.read()

    def say(self, *options, env=(), **keywords):
        """Below the root, of a log, for one release: nothing of this host is in the answer."""
        environment = {**ENVIRONMENT, "TMPDIR": f"{self.path}/tmp", **dict(env)}
        return run([SYSPROFILE, "--systemd=252.39", f"--root={self.root}", "-i",
                    f"{self.path}/log", *options], env=environment, **keywords)  # fmt: skip

    def snapshot(self):
        """Every name below the root, with what it is and holds."""
        found = {}
        for folder, folders, names in os.walk(self.root):
            for name in folders + names:
                path = os.path.join(folder, name)
                st = os.lstat(path)
                holds = os.readlink(path) if stat.S_ISLNK(st.st_mode) else ""
                if stat.S_ISREG(st.st_mode):
                    with open(path, "rb") as f:
                        holds = f.read()
                found[path] = (st.st_mode, st.st_ino, holds)
        return found

    def saved(self):
        return [f"{self.path}/tmp/{name}" for name in os.listdir(f"{self.path}/tmp")]


def words(result):
    return result.stderr.decode(errors="replace")


def check_written(place, result, path, label):
    """All of it: status, mode, words; returns the text."""
    good = result.status == 0 and os.path.isfile(place.full(path))
    if not tap.ok(good and not result.stdout, f"{label}: {path}", result):
        return ""
    mode = stat.S_IMODE(os.lstat(place.full(path)).st_mode)
    tap.same(oct(mode), "0o644", f"{label}: the mode of the file")
    return place.read(path)


# --- where ---


def check_new():
    with Place() as place:
        result = place.say("--drop-in=foo", setup=lambda: os.umask(0o077))
        text = check_written(place, result, f"{ETC}/foo.service.d/{NAME}", "a new file")
        tap.ok(re.match(r"# sysprofile wrote this.*xxh128.*: [0-9a-f]{32}\n# Written by sysprofile [0-9.]+ "
                        "for foo.service: ",
                        text), "a new file: the marker comes first", text)  # fmt: skip
        modes = {oct(stat.S_IMODE(os.stat(place.full(path)).st_mode))
                 for path in ("/etc", "/etc/systemd", ETC, f"{ETC}/foo.service.d")}  # fmt: skip
        tap.same(modes, {"0o755"}, "a new file: the mode of directories, whatever the umask")
        tap.ok("systemctl daemon-reload" in words(result) and
               "systemctl restart foo.service" in words(result),
               "a new file: what to do next is told", result)  # fmt: skip
        tap.same(os.listdir(place.full(f"{ETC}/foo.service.d")), [NAME],
                 "a new file: nothing beside it")  # fmt: skip
        quiet = place.say("-q", "--drop-in=foo")
        tap.ok(quiet.status == 0 and not quiet.stderr, "-q: no word of it", quiet)


# name asked for, option, files beside those of BASE, where it goes
PLACES = [
    ("foo.service", [], {}, f"{ETC}/foo.service.d"),
    ("foo", ["--runtime"], {}, f"{RUN}/foo.service.d"),
    ("foo@bar", [], {}, f"{ETC}/foo@bar.service.d"),
    ("foo@bar.service", [], {}, f"{ETC}/foo@bar.service.d"),
    ("foo@", [], {}, f"{ETC}/foo@.service.d"),
    ("alias", [], {f"{ETC}/alias.service": f"-> {LIB}/foo.service"}, f"{ETC}/foo.service.d"),
    ("alias@x", [], {f"{ETC}/alias@.service": f"-> {LIB}/foo@.service"},
     f"{ETC}/foo@x.service.d"),
    ("foo", [], {f"{ETC}/foo.service.d": "-> /opt/foo", "/opt/foo/x": ""}, "/opt/foo"),
    ("foo", [], {f"{ETC}": "-> /opt/units", "/opt/units/x": ""}, "/opt/units/foo.service.d"),
    ("foo", [], {f"{ETC}/foo.service.d/10-a.conf": "[Service]\nSystemCallFilter=~@mount\n"},
     f"{ETC}/foo.service.d"),
    ("foo", [], {f"{LIB}/foo.service": "[Service]\nSystemCallFilter=@mount\n"
                                       "SystemCallErrorNumber=EACCES\n"}, f"{ETC}/foo.service.d"),
    ("foo", [], {f"{LIB}/service.d/10-all.conf": "[Service]\nSystemCallFilter=~read\n"},
     f"{ETC}/foo.service.d"),
    ("foo", [], {f"{ETC}/foo.service.d/99-x.conf": "[Service]\nSystemCallFilter=read\nNice=1\n"},
     f"{ETC}/foo.service.d"),
    ("foo", [], {f"{ETC}/foo.service.d/99-x.conf": "-> /dev/null"}, f"{ETC}/foo.service.d"),
    ("foo", [], {f"{ETC}/foo.service.d/99-x": "[Service]\nSystemCallFilter=\n"},
     f"{ETC}/foo.service.d"),
]  # fmt: skip


def check_places():
    for name, options, files, directory in PLACES:
        with Place(files) as place:
            label = " ".join([f"--drop-in={name}", *options, *list(files)[:1]])
            result = place.say(f"--drop-in={name}", *options)
            check_written(place, result, f"{directory}/{NAME}", label)


def check_user():
    files = {"/usr/lib/systemd/user/foo.service": UNIT}
    env = {"HOME": "/home/u", "XDG_RUNTIME_DIR": "/run/user/7"}
    with Place(files) as place:
        result = place.say("--user", "--drop-in=foo", env=env)
        check_written(place, result, f"/home/u/.config/systemd/user/foo.service.d/{NAME}", "--user")
        tap.ok("systemctl --user daemon-reload" in words(result) and
               "systemctl --user restart foo.service" in words(result),
               "--user: what to do next is told", result)  # fmt: skip
        result = place.say("--user", "--runtime", "--drop-in=foo", env=env)
        tap.ok(result.status == 125 and "goes first" in words(result),
               "--user --runtime: the lasting one is read and not this", result)  # fmt: skip
        shutil.rmtree(place.full("/home/u"))
        result = place.say("--user", "--runtime", "--drop-in=foo", env=env)
        check_written(place, result, f"/run/user/7/systemd/user/foo.service.d/{NAME}",
                      "--user --runtime")  # fmt: skip
        result = place.say("--user", "--runtime", "--drop-in=foo")
        tap.ok(result.status == 2 and "XDG_RUNTIME_DIR" in words(result),
               "--user --runtime without XDG_RUNTIME_DIR", result)  # fmt: skip
        result = place.say("--user", "--drop-in=foo@x")
        tap.ok(result.status == 125 and "no user unit foo@x" in words(result),
               "--user: units of the system are none of the user's", result)  # fmt: skip


# --- whose file ---


def check_again():
    with Place() as place:
        path = f"{ETC}/foo.service.d/{NAME}"
        place.say("--drop-in=foo")
        with open(f"{place.path}/log", "a", encoding="ascii") as f:
            f.write("1 getpid() = 1\n")
        result = place.say("--drop-in=foo", "-s", "exact")
        text = check_written(place, result, path, "an unchanged file is overwritten")
        tap.ok("getpid" in text, "an unchanged file: by the new text", text)
        for change in ("\n", "# a word\n", "SystemCallFilter=mount\n"):
            with open(place.full(path), "a", encoding="ascii") as f:
                f.write(change)
            refuse(place, ["--drop-in=foo"], 125, r"somebody has changed it.*--force",
                   f"a changed file ({change.strip() or 'an empty line'})")  # fmt: skip
        result = place.say("--drop-in=foo", "--force")
        check_written(place, result, path, "--force overwrites a changed file")
        result = place.say("--drop-in=foo")
        check_written(place, result, path, "and then it is ours again")


def refuse(place, options, status, pattern, label, lines=1, **keywords):
    """One line, nothing changed below the root, nothing read or written elsewhere."""
    before = place.snapshot()
    result = place.say(*options, **keywords)
    said = words(result).splitlines()
    good = result.status == status and not result.stdout and len(said) == lines
    tap.ok(good and re.search(pattern, words(result)), f"{label}: refused with one line", result)
    tap.ok(place.snapshot() == before and not place.saved(), f"{label}: nothing is changed or left",
           f"{set(place.snapshot().items()) ^ set(before.items())} {place.saved()}")  # fmt: skip


D = f"{ETC}/foo.service.d"
# files, options, status, what the line says: all of it is found before anything is read
EARLY = [
    ({}, ["--drop-in=nosuch"], 125, r"no unit nosuch below .*--force"),
    ({}, ["--drop-in=fo"], 125, r"no unit fo below .*near it is foo\.service.*--force"),
    ({}, ["--drop-in"], 2, r"--drop-in=UNIT"),
    ({}, ["--drop-in=foo.timer"], 2, r"no programs of foo\.timer"),
    ({f"{LIB}/foo.socket": "[Socket]\n"}, ["--drop-in=foo.socket"], 2, r"no service"),
    ({}, ["--drop-in=a/b"], 2, r"a/b is not the name of a unit"),
    ({}, ["--drop-in=../../x"], 2, r"not the name of a unit"),
    ({}, ["--drop-in=" + "x" * 300], 2, r"not the name of a unit"),
    ({}, ["--drop-in=a b"], 2, r"not the name of a unit"),
    ({f"{ETC}/foo.service": "-> /dev/null"}, ["--drop-in=foo"], 125, r"foo is masked by .*/foo"),
    ({f"{ETC}/foo.service": "-> /dev/null"}, ["--force", "--drop-in=foo"], 125, r"masked"),
    ({f"{ETC}/foo.service": ""}, ["--drop-in=foo"], 125, r"masked"),
    ({f"{ETC}/foo.service": "DIRECTORY", f"{LIB}/bar.service": UNIT}, ["--drop-in=bar@"], 125,
     r"no unit"),
    ({f"{D}/{NAME}": UNIT}, ["--drop-in=foo"], 125, r"sysprofile did not write it.*--force"),
    ({f"{D}/{NAME}": ""}, ["--drop-in=foo"], 125, r"sysprofile did not write it"),
    ({f"{D}/{NAME}": "-> /dev/null"}, ["--drop-in=foo"], 125, r"/dev/null.*--force"),
    ({f"{D}/{NAME}": "-> other.conf"}, ["--drop-in=foo"], 125, r"symbolic link.*--force"),
    ({f"{D}/{NAME}": "DIRECTORY"}, ["--drop-in=foo"], 125, r"not a regular file; remove it"),
    ({f"{D}/{NAME}": "DIRECTORY"}, ["--force", "--drop-in=foo"], 125, r"not a regular file"),
    ({D: "a file"}, ["--drop-in=foo"], 125, r"something on the way is not a directory"),
    ({D: "-> /dev/null", "/dev/null": ""}, ["--drop-in=foo"], 125, r"not a directory"),
    ({D: "-> /nowhere"}, ["--drop-in=foo"], 125, r"a link that leads nowhere"),
    ({D: f"-> {D}"}, ["--drop-in=foo"], 125, r"symbolic links"),
    ({"/etc/systemd": "a file"}, ["--drop-in=foo"], 125, r"not a directory"),
    ({}, ["--drop-in=foo", "-f", "names"], 2, r"--format=names is not"),
    ({}, ["--runtime"], 2, r"--runtime has no meaning without --drop-in"),
    ({}, ["--drop-in=foo", "--dry-run", "-o", "x"], 2, r"--dry-run writes nothing"),
]  # fmt: skip


def check_early():
    for files, options, status, pattern in EARLY:
        with Place(files) as place:
            # A file that is not there would be told, if it were looked at.
            os.unlink(f"{place.path}/log")
            label = " ".join([*options, *(f"{path}: {text}" for path, text in files.items())])
            refuse(place, options, status, pattern, " ".join(label.split())[:70])
    with Place() as place:
        for root, pattern in ((f"{place.path}/none", "No such file"),
                              (f"{place.path}/log", "not a directory")):  # fmt: skip
            refuse(place, ["--drop-in=foo", "--force", f"--root={root}"], 125, pattern, root)


def check_force():
    for files, name in (
        ({f"{D}/{NAME}": UNIT}, "foo"),
        ({f"{D}/{NAME}": "-> /dev/null"}, "foo"),
        ({f"{D}/{NAME}": "-> other.conf", f"{D}/other.conf": UNIT}, "foo"),
        ({}, "nosuch"),
    ):
        with Place(files) as place:
            label = f"--force, {name}, {'; '.join(files.values())!r}"
            result = place.say("--force", f"--drop-in={name}")
            path = f"{ETC}/{name}.service.d/{NAME}"
            text = check_written(place, result, path, label)
            tap.ok(text.startswith("# sysprofile wrote") and not os.path.islink(place.full(path)),
                   f"{label}: the file is ours, and no link", text)  # fmt: skip
            if f"{D}/other.conf" in files:
                tap.same(place.read(f"{D}/other.conf"), UNIT, f"{label}: the link's file is not")


# --- other files ---

# file, its text, where in it, what is said
OTHERS = [
    (f"{D}/override.conf", "[Service]\nSystemCallFilter=@mount\n", 2, r"allows .*mount"),
    (f"{D}/95-x.conf", "# c\n\n[Service]\nNice=1\nSystemCallFilter=~setuid\n", 5,
     r"refuses what is needed: setuid"),
    (f"{RUN}/service.d/91-all.conf", "[Service]\nSystemCallFilter=\n", 2,
     r"allows .*numbers without a name"),
    (f"{LIB}/service.d/override.conf", "[Service]\nSystemCallFilter=~read\n", 2,
     r"refuses what is needed: read"),
    (f"{ETC}/foo.service.d/90-t.conf", "[Service]\nSystemCallArchitectures=x86\n", 2, r"allows"),
    (f"{D}/91-long.conf", "x" * 1100000, 1, r"systemd refuses the file"),
]  # fmt: skip


def check_others():
    for file, text, line, pattern in OTHERS:
        with Place({file: text}) as place:
            before = place.snapshot()
            result = place.say("--drop-in=foo")
            said = words(result)
            label = f"{file}: {text[-40:]!r}"
            named = re.search(rf"{re.escape(place.full(file))}:{line}: .*{pattern}", said)
            tap.ok(result.status == 125 and named and "--force" in said,
                   f"{label}: the line is named", result)  # fmt: skip
            tap.ok(place.snapshot() == before, f"{label}: nothing is written")
            check_saved(place, result, label)
            result = place.say("--drop-in=foo", "--force")
            check_written(place, result, f"{D}/{NAME}", f"{label}, --force")
            tap.ok(re.search(rf"warning: .*:{line}: ", words(result)),
                   f"{label}: --force tells it all the same", result)  # fmt: skip


def check_saved(place, result, label):
    saved = place.saved()
    named = len(saved) == 1 and saved[0] in words(result)
    if tap.ok(named and "-o FILE" in words(result) and "-P FILE" in words(result),
              f"{label}: the text is kept, and where is told", result):  # fmt: skip
        with open(saved[0], encoding="utf-8") as f:
            text = f.read()
        tap.ok("[Service]" in text and "setuid" in text, f"{label}: it is the text", text)
        os.unlink(saved[0])


def check_prefixes():
    """foo-.service.d and the template's directory count for the unit."""
    files = {f"{LIB}/foo-bar.service": UNIT,
             f"{ETC}/foo-.service.d/95-p.conf": "[Service]\nSystemCallFilter=@swap\n",
             f"{ETC}/foo@.service.d/95-t.conf": "[Service]\nSystemCallFilter=@swap\n"}  # fmt: skip
    with Place(files) as place:
        for unit, file in (("foo-bar", "foo-.service.d/95-p.conf"),
                           ("foo@x", "foo@.service.d/95-t.conf")):  # fmt: skip
            result = place.say(f"--drop-in={unit}")
            tap.ok(result.status == 125 and f"{ETC}/{file}:2:" in words(result),
                   f"{file} counts for {unit}", result)  # fmt: skip
        result = place.say("--drop-in=foo")
        tap.ok(result.status == 0, "and for no other unit", result)


def check_names():
    """Of files with one name systemd reads one."""
    first = f"/etc/systemd/system.control/foo.service.d/{NAME}"
    for text in (UNIT, "-> /dev/null"):
        with Place({first: text}) as place:
            result = place.say("--drop-in=foo")
            tap.ok(result.status == 125 and "goes first" in words(result),
                   f"a file of its name that goes first ({text[:3]}) is told", result)  # fmt: skip
            check_saved(place, result, f"a file of its name that goes first ({text[:3]})")
    with Place({f"{LIB}/service.d/{NAME}": "[Service]\nPrivateTmp=yes\n"}) as place:
        result = place.say("--drop-in=foo")
        tap.ok(result.status == 125 and "would not read" in words(result),
               "a file of its name that would be hidden is told", result)  # fmt: skip
    with Place() as place:
        place.say("--runtime", "--drop-in=foo")
        result = place.say("--drop-in=foo")
        check_written(place, result, f"{D}/{NAME}", "one of ours may be hidden")


def check_directives():
    files = {f"{LIB}/foo.service": f"{UNIT}ProtectClock=yes\n"}
    with Place(files) as place:
        with open(f"{place.path}/log", "a", encoding="ascii") as f:
            f.write("1 settimeofday(0, 0) = -1 EPERM (Operation not permitted)\n")
        result = place.say("--drop-in=foo")
        check_written(place, result, f"{D}/{NAME}", "another directive is no reason to refuse")
        tap.ok(re.search(r"warning: .*foo\.service:3: ProtectClock=yes refuses .*settimeofday",
                         words(result)), "another directive is told", result)  # fmt: skip


# --- showing and failing ---


def apply(diff, directory):
    """What patch(1) makes of it: the text of the one new file."""
    lines = diff.split("\n")
    return "\n".join(line[1:] for line in lines[3:] if line[:1] in ("+", " ")) + "\n"


def check_dry_run():
    with Place() as place:
        before = place.snapshot()
        result = place.say("--dry-run", "--drop-in=foo")
        diff = result.stdout.decode()
        path = place.full(f"{D}/{NAME}")
        head = diff.startswith(f"--- /dev/null\n+++ {path}\n@@ -0,0 +1,")
        tap.ok(result.status == 0 and head, "--dry-run: a diff from nothing", result)
        tap.ok(place.snapshot() == before and not place.saved(), "--dry-run: nothing is written")
        place.say("--drop-in=foo")
        tap.same(apply(diff, place.path), place.read(f"{D}/{NAME}"),
                 "--dry-run: what is written then is what it showed")  # fmt: skip
        result = place.say("--dry-run", "--drop-in=foo")
        tap.ok(result.status == 0 and not result.stdout and "already as it would be" in words(result),
               "--dry-run: no change, no diff", result)  # fmt: skip
        result = place.say("--dry-run", "--drop-in=foo", "--action=kill")
        diff = result.stdout.decode()
        tap.ok(diff.startswith(f"--- {path}\n+++ {path}\n@@ -") and
               "\n-SystemCallErrorNumber=EPERM\n+SystemCallErrorNumber=kill\n" in diff,
               "--dry-run: a diff from the old file", result)  # fmt: skip
        if shutil.which("patch"):
            with subprocess.Popen(["patch", "-s", "-p0", "-o", "-", path], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE) as patch:  # fmt: skip
                patched = patch.communicate(diff.encode(), 20)[0].decode()
            place.say("--drop-in=foo", "--action=kill")
            tap.same(patched, place.read(f"{D}/{NAME}"), "--dry-run: patch(1) takes the diff")
        else:
            tap.skip("--dry-run: patch(1) takes the diff", "there is no patch")
    with Place({f"{D}/override.conf": "[Service]\nSystemCallFilter=@mount\n"}) as place:
        result = place.say("--dry-run", "--drop-in=foo")
        tap.ok(result.status == 125 and b"+++" in result.stdout and
               "override.conf:2:" in words(result) and not place.saved(),
               "--dry-run: what would be refused is told, and shown", result)  # fmt: skip


def check_output():
    """-o gets the text in any case, and without the marker."""
    with Place({f"{D}/override.conf": "[Service]\nSystemCallFilter=@mount\n"}) as place:
        out = f"{place.path}/out"
        result = place.say("--drop-in=foo", "-o", out)
        with open(out, encoding="utf-8") as f:
            text = f.read()
        tap.ok(result.status == 125 and text.startswith("# Written by") and not place.saved(),
               "-o has the text when the drop-in is refused", result)  # fmt: skip
        os.unlink(place.full(f"{D}/override.conf"))
        result = place.say("--drop-in=foo", "-o", out)
        written = check_written(place, result, f"{D}/{NAME}", "-o and --drop-in")
        with open(out, encoding="utf-8") as f:
            tap.same(written.partition("\n")[2], f.read(), "-o and --drop-in have the same text")


def check_permission():
    def become_nobody():
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

    if os.geteuid() != 0 or run([SYSPROFILE, "--version"], setup=become_nobody).status != 0:
        tap.skip("no permission", "nobody cannot run sysprofile here")
        return
    with Place() as place:
        os.chmod(f"{place.path}/tmp", 0o1777)
        refuse(place, ["--drop-in=foo"], 125, r"not permitted; that needs root", "no permission",
               setup=become_nobody)  # fmt: skip


def mounted(place, options, script):
    """Runs script in a mount namespace where the root's /etc is a tmpfs with these options."""
    os.makedirs(place.full("/etc"), exist_ok=True)
    text = f'mount -t tmpfs -o "{options}" none "$1/root/etc" || exit 99; {script}'
    environment = {**ENVIRONMENT, "TMPDIR": f"{place.path}/tmp"}
    return run(["unshare", "-m", "sh", "-c", text, "sh", place.path, SYSPROFILE], env=environment)


TOLD = ('"$2" --systemd=252.39 --root="$1/root" -i "$1/log" --drop-in=foo; status=$?; '
        'find "$1/root/etc" -mindepth 1 ! -name filling; exit $status')  # fmt: skip


def check_mounts():
    with Place() as place:
        result = mounted(place, "ro", TOLD)
        if result.status == 99 or os.geteuid() != 0:
            tap.skip("a read-only file system and a full one", "nothing can be mounted here")
            return
        tap.ok(result.status == 125 and "read-only; --runtime" in words(result) and
               len(words(result).splitlines()) == 1 and not place.saved(),
               "a read-only file system is told before anything is read", result)  # fmt: skip
        fill = 'head -c 65536 /dev/zero > "$1/root/etc/filling" 2>/dev/null; '
        result = mounted(place, "size=64k", fill + TOLD)
        tap.ok(result.status == 125 and "No space left on device" in words(result),
               "a full disk is told", result)  # fmt: skip
        tap.ok(not result.stdout, "a full disk: no file and no directory is left", result)
        check_saved(place, result, "a full disk")


def check_runs():
    """A run of its own, whose stdout is not in the way, and a process whose unit is not known."""
    with Place() as place:
        options = [SYSPROFILE, "--systemd=252.39", f"--root={place.root}", "--drop-in=foo"]
        result = run([*options, "--", "/bin/echo", "said"])
        tap.ok(result.status == 0 and result.stdout == b"said\n" and
               os.path.exists(place.full(f"{D}/{NAME}")),
               "a run: stdout is the command's alone", result)  # fmt: skip
        result = run([*options, "--", "/bin/sh", "-c", "exit 3"])
        tap.ok(result.status == 3, "a run: the status is the command's", result)
        mark = f"{place.path}/mark"
        place.write(f"{D}/{NAME}x", "")
        os.rename(place.full(f"{D}/{NAME}x"), place.full(f"{D}/{NAME}"))
        result = run([*options, "--", "/bin/touch", mark])
        tap.ok(result.status == 125 and not os.path.exists(mark),
               "a run: what is refused is refused before it", result)  # fmt: skip
        with open("/proc/self/cgroup", encoding="utf-8") as f:
            if "/user@" in f.read():
                tap.skip("a process of no user's manager", "this one is of one")
                return
        # That it is found where there is one, tests/systemd tries.
        sleeper = harness.start(["/bin/sleep", "60"])
        result = run([*options[:-1], "--user", "--drop-in", "-d", "1", "-p", str(sleeper.pid)],
                     env={**ENVIRONMENT, "HOME": "/home/u"})  # fmt: skip
        sleeper.kill()
        harness.finish(sleeper)
        tap.ok(result.status == 125 and "--drop-in=UNIT" in words(result) and
               len(words(result).splitlines()) == 1,
               "a process of no user's manager: the unit has to be named", result)  # fmt: skip


def main():
    need()
    check_new()
    check_places()
    check_user()
    check_again()
    check_early()
    check_force()
    check_others()
    check_prefixes()
    check_names()
    check_directives()
    check_dry_run()
    check_output()
    check_permission()
    check_mounts()
    check_runs()
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
