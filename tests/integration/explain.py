#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""explain and diff: of units as systemd finds them, and held against what systemd itself says.

`systemd --test` loads units and prints the files it took; `systemd-analyze security` tells which
rows a filter wins. TAP.
"""

import json
import os
import platform
import re
import shutil
import sys
import time

from harness import ENVIRONMENT, SYSPROFILE, Directory, Tap, Terminal, need, run

SOURCE = os.environ.get("SYSPROFILE_SOURCE") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..")
)
LIB, ETC, RUN = "usr/lib/systemd/system", "etc/systemd/system", "run/systemd/system"
LOCAL = "usr/local/lib/systemd/system"
MANAGERS = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
ADVICE = """[Service]
ExecStart=/usr/sbin/apache2ctl start
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @mount @swap @reboot
SystemCallErrorNumber=EPERM
"""
tap = Tap()


def say(*words, **keywords):
    return run([SYSPROFILE, *words], **keywords)


def explained(*words):
    """The JSON of explain; {} with a note when there is none."""
    result = say("explain", "--format=json", *words)
    try:
        return json.loads(result.stdout)
    except ValueError:
        tap.note(result)
        return {}


def listed(*words):
    """{call: action} of the list format."""
    result = say("explain", "--format=list", *words)
    return dict(line.split(" ") for line in result.stdout.decode().splitlines())


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


# --- units ---

FRAGMENT = "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/true\n"


def make_root(root):
    """Every way in which a unit gets a file or a drop-in. Relative links: systemd --test knows no
    root."""

    def fragment(path):
        write(f"{root}/{path}", FRAGMENT)

    def dropin(path):
        write(f"{root}/{path}", "[Service]\nUMask=077\n")

    def link(path, target):
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        os.symlink(target, f"{root}/{path}")

    fragment(f"{LIB}/foo-bar@.service")
    for name in ("foo-bar@.service.d/10-t", "foo-.service.d/05-p", "foo-@x.service.d/06-q",
                 "service.d/10-t", "foo-a-.service.d/07-p"):
        dropin(f"{LIB}/{name}.conf")
    for name in ("foo-bar@x.service.d/20-i", "foo-bar@.service.d/20-i"):
        dropin(f"{ETC}/{name}.conf")
    dropin(f"{RUN}/service.d/99-all.conf")
    fragment(f"{LIB}/foo-a-b.service")
    fragment(f"{LIB}/plain.service")
    link(f"{LIB}/alias.service", "plain.service")
    link(f"{ETC}/alias2.service", f"../../../{LIB}/alias.service")
    for name in ("alias2.service.d/50-a", "alias.service.d/70-c"):
        dropin(f"{ETC}/{name}.conf")
    for name in ("plain.service.d/50-a", "plain.service.d/60-b"):
        dropin(f"{LIB}/{name}.conf")
    link(f"{ETC}/plain.service.d/60-b.conf", "/dev/null")
    fragment(f"{LIB}/masked.service")
    link(f"{ETC}/masked.service", "/dev/null")
    write(f"{root}/{ETC}/empty.service", "")
    link(f"{ETC}/loop1.service", "loop2.service")
    link(f"{ETC}/loop2.service", "loop1.service")
    fragment("opt/linked.service")
    link(f"{ETC}/linked.service", "../../../opt/linked.service")
    dropin(f"{ETC}/linked.service.d/1.conf")
    fragment(f"{LIB}/getty@.service")
    link(f"{LIB}/console.service", "getty@tty1.service")
    link(f"{LIB}/getty@tty2.service", "getty@.service")
    link(f"{ETC}/agetty@.service", f"../../../{LIB}/getty@.service")
    dropin(f"{ETC}/agetty@tty1.service.d/7.conf")
    dropin(f"{LIB}/getty@tty1.service.d/5.conf")
    dropin(f"{LIB}/console.service.d/6.conf")
    fragment(f"{LIB}/over.service")
    fragment(f"{ETC}/over.service")
    dropin(f"{LIB}/over.service.d/a.conf")
    dropin(f"{LOCAL}/over.service.d/a.conf")
    fragment(f"{LIB}/tmpl@.service")
    fragment(f"{ETC}/tmpl@special.service")
    link(f"{ETC}/dangling.service", "nowhere.service")
    for name in ("itself", "itself@"):
        fragment(f"{LIB}/{name}.service")
        link(f"{ETC}/{name}.service", f"../../../{LIB}/{name}.service")
    link(f"{ETC}/toitself.service", "itself.service")
    link(f"{ETC}/onlylink.service", "onlylink.service")
    for name, target in (("tmpl@lost", "nowhere@"), ("tmpl@self", "tmpl@self"),
                         ("tmpl@round", "round@round"), ("round@round", "tmpl@round")):
        link(f"{ETC}/{name}.service", f"{target}.service")
    dropin(f"{ETC}/nowhere@lost.service.d/1.conf")


UNITS = ("foo-bar@x foo-a-b plain alias alias2 linked getty@tty1 getty@tty2 agetty@tty1 over "
         "tmpl@special tmpl@other masked empty loop1 console dangling itself itself@x toitself "
         "onlylink tmpl@lost tmpl@self tmpl@round").split()


def files_of_systemd(root, unit):
    """Fragment and drop-ins that a real manager takes; [] when it loads nothing."""
    manager = next((path for path in MANAGERS if os.access(path, os.X_OK)), None)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    if not manager or os.geteuid() != 0 or not shutil.which("setpriv"):
        return None
    paths = ":".join(f"{root}/{path}" for path in (ETC, RUN, LOCAL, LIB))
    result = run(
        [*user, manager, "--test", "--system", f"--unit={unit}"],
        env={"PATH": ENVIRONMENT["PATH"], "SYSTEMD_UNIT_PATH": paths},
    )
    if b"test system mode" not in result.stderr + result.stdout:
        return None
    blocks = re.findall(rf"^\s*-> Unit .*?(?=^\s*-> Unit |\Z)",
                      result.stdout.decode(errors="replace"), re.MULTILINE | re.DOTALL)
    block = next((text for text in blocks if f"Fragment Path: {root}/" in text), "")
    return re.findall(r"(?:Fragment|DropIn) Path: (\S+)", block)


def check_units():
    with Directory() as root:
        make_root(root)
        for unit in UNITS:
            wanted = files_of_systemd(root, f"{unit}.service")
            if wanted is None:
                tap.skip(f"{unit}.service has the files that systemd takes",
                         "no systemd --test as another user here")
                continue
            # It counts the mask of a drop-in as one more file.
            wanted = [path for path in wanted if os.path.realpath(path) != "/dev/null"]
            result = say("explain", f"--root={root}", "--systemd=252", "--format=json", unit)
            if wanted:
                got = json.loads(result.stdout or "{}").get("files")
                tap.same(got, wanted, f"{unit}.service has the files that systemd takes")
            else:
                tap.ok(result.status == 125 and not result.stdout,
                       f"{unit}.service cannot be loaded, as with systemd", result)


def check_installed():
    """Every service of this machine is loaded, and what it says is what its fragment says."""
    names = sorted(name for name in os.listdir(f"/{LIB}") if name.endswith(".service")) if (
        os.path.isdir(f"/{LIB}")) else []
    if not names:
        tap.skip("services of this machine", "there are none")
        return
    wrong, filtered = [], 0
    for name in names:
        path = f"/{LIB}/{name}"
        result = say("explain", "--systemd=252", "--format=json", name)
        if os.path.realpath(path) == "/dev/null" or b"masked" in result.stderr:
            continue
        if result.status != 0:
            wrong.append(f"{name}: {result!r}")
            continue
        facts = json.loads(result.stdout)
        with open(facts["files"][0], encoding="utf-8") as f:
            text = f.read()
        says = bool(re.search(r"^SystemCallFilter=.", text, re.MULTILINE))
        filtered += facts["filtered"]
        if len(facts["files"]) == 1 and facts["filtered"] != says:
            wrong.append(f"{name}: filtered {facts['filtered']}, the text says {says}")
    tap.ok(not wrong, f"{len(names)} services of this machine, {filtered} with a filter",
           "\n".join(wrong))


# --- the score ---

TEXTS = {
    "nothing": "",
    "@system-service": "SystemCallFilter=@system-service\n",
    "the well-known advice": ADVICE[ADVICE.index("SystemCallFilter"):],
    "a word too many": "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged "
                       "@resources\nSystemCallFilter=setuid\n",
    "deny-list": "SystemCallFilter=~@clock @debug @mount @swap\n",
    "deny-list that lets one go": "SystemCallFilter=~@clock @debug @mount @swap\n"
                                  "SystemCallFilter=ptrace\n",
    "errno in an allow-list": "SystemCallFilter=@system-service @mount\n"
                              "SystemCallFilter=~@mount:EACCES\n",
    "all": "SystemCallFilter=@known\n",
    "reset": "SystemCallFilter=~@mount\nSystemCallFilter=\n",
}


def check_score():
    if not shutil.which("systemd-analyze"):
        tap.skip("rows as systemd-analyze security has them", "no systemd-analyze")
        return
    for name, text in TEXTS.items():
        with Directory() as directory:
            unit = write(f"{directory}/a.service", f"[Service]\nExecStart=/bin/true\n{text}")
            result = run(["systemd-analyze", "security", "--offline=true", "--json=short", unit])
            wanted = {
                f"@{match[1]}": row["exposure"] is None or row["exposure"] == "0"
                for row in json.loads(result.stdout or "[]")
                if (match := re.fullmatch(r"SystemCallFilter=~@(.*)", row["name"]))
            }
            got = {row["group"]: row["won"] for row in explained(unit).get("score", [])}
            tap.ok(len(wanted) == 11 and got == wanted,
                   f"rows as systemd-analyze security has them: {name}",
                   f"wanted {wanted}\ngot    {got}\n{result}")


# --- what people see ---


def check_advice():
    """What the advice does to a web server is plain to see."""
    with Directory() as directory:
        unit = write(f"{directory}/apache2.service", ADVICE)
        result = say("explain", "--systemd=252", unit)
        text = result.stdout.decode()
        tap.ok(result.status == 0 and not result.stderr, "the advice is explained", result)
        refused = re.search(r"~@privileged +refuses (.*?)\n    ~", text, re.DOTALL)
        missing = {"setgroups", "setuid", "chown"} - set(refused[1].split() if refused else [])
        tap.ok(not missing, "~@privileged refuses setgroups, setuid and chown", text)
        for word in ("@mount", "@swap", "@reboot"):
            tap.ok(re.search(rf"~{word} +redundant: changes nothing", text),
                   f"~{word} is said to be redundant", text)
        tap.ok("will fail: refused are setgroups setuid" in " ".join(text.split()),
               "a change of user is said to fail", text)
        # The path of the file is as long as it is.
        wide = [line for line in text.splitlines() if len(line) > 80 and directory not in line]
        tap.ok(not wide and "\033" not in text and text.endswith("\n"),
               "lines of 80 columns without colour", "\n".join(wide))
        tap.ok(b"\033[" in say("explain", "--color=always", unit).stdout, "--color=always")
        terminal = Terminal([SYSPROFILE, "explain", unit])
        terminal.wait()
        tap.ok(b"\033[" in terminal.text, "colour on a terminal", terminal.text)
        actions = listed("--systemd=252", unit)
        tap.same([actions.get(name) for name in ("read", "setuid", "mount")],
                 ["allow", "errno:EPERM", "errno:EPERM"], "the list says the same")


def without_counts(text):
    """What does not depend on how many calls this libseccomp knows."""
    text = re.sub(r"\n  in no group .*?(?=\n  \w|\n\n)", "", text, flags=re.DOTALL)
    text = re.sub(r"libseccomp [\d.]+", "libseccomp N", text)
    return re.sub(r"\d+ (of \d+|calls)|\(\d+\)", "N", text)


def check_golden():
    if platform.machine() != "x86_64":
        tap.skip("text as in tests/fixtures/explain.txt", "it has calls of x86-64")
        return
    with Directory() as directory:
        write(f"{directory}/a.service", ADVICE + "RestrictNamespaces=yes\nProtectClock=maybe\n"
              "MemoryDenyWriteExecute=yes\n")
        write(f"{directory}/10-b.conf", "[Service]\nSystemCallFilter=setuid nosuchcall\n"
              "SystemCallLog=execve\nUser=www-data\nSystemCallFilter=~close:EACCES\n")
        texts = [say("explain", "--systemd=252", "./a.service", "10-b.conf", cwd=directory),
                 say("diff", "--systemd=252", "./a.service", "10-b.conf", cwd=directory)]
        got = "".join(without_counts(result.stdout.decode()) for result in texts)
    path = os.path.join(SOURCE, "tests", "fixtures", "explain.txt")
    with open(path, encoding="utf-8") as f:
        wanted = f.read()
    tap.ok(got == wanted, "text as in tests/fixtures/explain.txt", got)


def check_hostile_names():
    """Nothing that a file says reaches the terminal as it is."""
    with Directory() as directory:
        unit = write(f"{directory}/a.service",
                     "[Service]\nSystemCallFilter=read \033[31mred\nUser=\033]0;x\007\n"
                     "ExecStart=+\033[31m/bin/x\n")
        out = say("explain", unit).stdout + say("explain", "--format=json", unit).stdout
        tap.ok(b"\033" not in out and b"\007" not in out and b"\\x1b[31mred" in out,
               "control bytes are escaped", out)


def check_needs():
    """A filter beside what would be written for a list of names."""
    with Directory() as directory:
        unit = write(f"{directory}/a.service", ADVICE)
        names = write(f"{directory}/names", "read\nwrite\nsetuid\n# a comment\n")
        facts = json.loads(say("explain", "-f", "json", f"--needs={names}", unit).stdout or b"{}")
        needs = facts.get("needs") or {}
        tap.same(needs.get("refused"), ["setuid"], "explain --needs=: what is refused")
        tap.ok(needs.get("then", {}).get("words") == len(" ".join(needs["lines"]).split()),
               "explain --needs=: the words are those of the lines", needs)
        text = say("explain", f"--needs={names}", unit).stdout.decode()
        tap.ok("the filter refuses setuid" in text and "sysprofile would write" in " ".join(text.split()),
               "explain --needs=: as text", text)
        odd = write(f"{directory}/odd", "read\nx86-64:70000\n")
        text = " ".join(say("explain", f"--needs={odd}", unit).stdout.decode().split())
        tap.ok("the filter refuses x86-64:70000" in text and "would write no allow-list" in text,
               "explain --needs=: a call without a name", text)
        for content, words in (("nosuchcall\n", "names:1: nosuchcall is no system call"),
                               ("# nothing\n", "names no system call")):
            result = say("explain", f"--needs={write(names, content)}", unit)
            tap.ok(result.status == 125 and words in result.stderr.decode(),
                   f"explain --needs=: {words}", result)
        result = say("explain", f"--needs={directory}/none", unit)
        tap.ok(result.status == 125 and b"no such file" in result.stderr,
               "explain --needs=: a file that is not there", result)


# --- two filters ---


def check_diff():
    with Directory() as directory:
        one = write(f"{directory}/a.service", ADVICE)
        two = write(f"{directory}/b.service", ADVICE + "SystemCallFilter=setuid\n")
        same = write(f"{directory}/c.service", ADVICE + "SystemCallFilter=read\n")
        arguments = write(f"{directory}/d.service", ADVICE + "LockPersonality=yes\n")
        for first, second, status in ((one, one, 0), (one, same, 0), (one, two, 1), (two, one, 1),
                                      (one, arguments, 1)):
            result = say("diff", first, second)
            tap.ok(result.status == status and result.stdout and not result.stderr,
                   f"diff of {os.path.basename(first)} and {os.path.basename(second)}: {status}",
                   result)
        facts = json.loads(say("diff", "--format=json", one, two).stdout or b"{}")
        tap.same((facts.get("equal"), facts.get("only_a"), facts.get("only_b")),
                 (False, [], ["setuid"]), "diff --format=json: the calls")
        tap.same(facts.get("score"), [{"group": "@privileged", "a": True, "b": False}],
                 "diff --format=json: the row that it costs")
        text = say("diff", one, two).stdout.decode()
        tap.ok("only B allows" in text and "won by A; lost by B to setuid" in text,
               "diff: as text", text)


def check_root_release():
    """The release is that of the root, when it can be told."""
    with Directory() as root:
        write(f"{root}/{LIB}/a.service", FRAGMENT)
        write(f"{root}/usr/lib/systemd/libsystemd-shared-239.so", "")
        write(f"{root}/etc/os-release", 'ID="rocky"\nID_LIKE="rhel"\nVERSION_ID="8.9"\n')
        tap.ok(explained(f"--root={root}", "a").get("systemd", "").startswith("rhel8"),
               "--root= takes the release from the root")
        tap.same(explained(f"--root={root}", "--systemd=250", "a").get("systemd"), "250",
                 "--systemd= wins")


def check_unit_and_file():
    """A drop-in that is not yet in place can be tried with its unit."""
    with Directory() as root:
        write(f"{root}/{LIB}/a.service", FRAGMENT)
        dropin = write(f"{root}/new.conf", "[Service]\nSystemCallFilter=~ptrace\n")
        facts = explained(f"--root={root}", "--systemd=252", "a", dropin)
        tap.ok(facts.get("filtered") and facts["files"][-1] == dropin, "a unit and one more file",
               facts.get("files"))
        result = say("explain", "--format=list", "--systemd=252", "-", stdin=ADVICE.encode())
        tap.ok(b"mount errno:EPERM\n" in result.stdout, "a file from standard input", result)


def check_time():
    """A text as long as they get is explained in no time."""
    names = list(listed("--systemd=252", write_empty()))
    with Directory() as directory:
        text = "[Service]\n" + "".join(f"SystemCallFilter={name}\n" for name in names)
        unit = write(f"{directory}/a.service", text)
        begin = time.monotonic()
        facts = explained("--systemd=257", unit)
        seconds = time.monotonic() - begin
        tap.ok(len(facts.get("words", [])) == len(names) and seconds < 20,
               f"{len(names)} lines of one word each", f"{seconds:.1f} s")
        tap.note(f"{seconds:.2f} s")


def write_empty():
    return "/dev/null"


def check_commands():
    """Which commands run under the filter, and which do not."""
    with Directory() as directory:
        unit = write(f"{directory}/a.service",
                     "[Service]\nUser=nobody\nExecStartPre=+/bin/all x\nExecStartPre=/bin/pre\n"
                     "ExecStart=!/bin/main\nExecReload=/bin/again\nSystemCallFilter=~@mount\n")
        text = " ".join(say("explain", "--systemd=252", unit).stdout.decode().split())
        tap.ok("ExecStartPre= ExecStart= ExecReload= run under the filter" in text
               and f"{unit}:3 ExecStartPre=+/bin/all: without the filter" in text
               and f"{unit}:5 ExecStart=!/bin/main: under the filter, but without User=" in text,
               "commands under the filter and beside it", text)
        got = [(c["directive"], c["command"], c["line"], c["filtered"], c["as_root"])
               for c in explained(unit).get("commands", [])]
        tap.same(got, [("ExecStartPre", "+/bin/all x", 3, False, True),
                       ("ExecStartPre", "/bin/pre", 4, True, False),
                       ("ExecStart", "!/bin/main", 5, True, True),
                       ("ExecReload", "/bin/again", 6, True, False)], "the same in JSON")
        unit = write(f"{directory}/a.socket", "[Socket]\nListenStream=1\nSystemCallFilter=~@mount\n")
        text = " ".join(say("explain", "--systemd=252", unit).stdout.decode().split())
        tap.ok("none runs under the filter (that of the socket" in text,
               "a socket's filter is not its service's", text)


def main():
    need(SYSPROFILE)
    check_units()
    check_installed()
    check_score()
    check_advice()
    check_commands()
    check_golden()
    check_hostile_names()
    check_needs()
    check_diff()
    check_root_release()
    check_unit_and_file()
    check_time()
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
