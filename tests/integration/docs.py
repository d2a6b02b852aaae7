#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--help, the manual, the README and the completions name the same options and values. TAP.

--help is printed from the option table, so that it stands for the table. What a completion offers
is asked of the shell itself where the shell can say it without a terminal.
"""

import json
import os
import re
import shutil
import sys

import harness
from harness import BUILD, SYSPROFILE, Tap, Terminal, run

SOURCE = os.environ.get("SYSPROFILE_SOURCE") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..")
)
ENVIRONMENT = dict(
    harness.ENVIRONMENT, PATH=f"{os.path.dirname(SYSPROFILE)}:{harness.ENVIRONMENT['PATH']}"
)
tap = Tap()


def source(*parts):
    return os.path.join(SOURCE, *parts)


def read(*parts):
    with open(source(*parts), encoding="utf-8") as f:
        return f.read()


def option(letter, name, takes_argument):
    """The form in which options are compared: "-d, --duration=" or "--version"."""
    return f"{f'-{letter}, ' if letter else ''}--{name}{'=' if takes_argument else ''}"


def words_of(options):
    """Every single spelling: -d, --duration=."""
    return sorted(word for entry in options for word in entry.split(", "))


def say(*arguments):
    return run([SYSPROFILE, *arguments], env=ENVIRONMENT)


# --- the program ---


def options_of_help(text):
    return sorted(
        option(*match.groups())
        for match in re.finditer(r"^ {2}(?:-(\w), | {4})--([\w-]+)(=?)", text, re.MULTILINE)
    )


def check_help():
    """Returns the options that --help names."""
    long, short = say("--help"), say("-h")
    text = long.stdout.decode()
    tap.ok(long.status == 0 and not long.stderr, "--help prints to stdout and succeeds", long)
    tap.ok((short.status, short.stdout) == (0, long.stdout), "-h is --help", short)
    wide = [line for line in text.splitlines() if len(line) > 80]
    tap.ok(not wide, "--help fits 80 columns", "\n".join(wide))
    tap.ok("\t" not in text and text.endswith("\n"), "--help has whole lines without tabs")
    options = options_of_help(text)
    tap.ok(len(options) >= 10, "--help names the options", text)
    return options


def check_version():
    with open(os.path.join(BUILD, "meson-info", "intro-projectinfo.json"), encoding="utf-8") as f:
        wanted = json.load(f)["version"]
    result = say("--version")
    tap.same(result.stdout.decode().split("\n")[0], f"sysprofile {wanted}", "--version is meson's")
    tap.ok(result.status == 0 and not result.stderr, "--version prints to stdout", result)
    first = re.search(r"^## (\S+)", read("NEWS.md"), re.MULTILINE)
    tap.same(first and first[1], wanted, "NEWS.md begins with this version")


def accepted_values(name):
    """What --name takes, from the sentence with which a wrong value is refused."""
    words = say(f"--{name}=?", "true").stderr.decode()
    match = re.search(r"is not one of (.*) and (\S+)", words)
    return sorted(match[1].split(", ") + [match[2]]) if match else []


# --- the texts ---


def options_of_manual(text):
    found = []
    for line in re.findall(r"^\.It (.*Fl Fl .*)$", text, re.MULTILINE):
        letter = re.match(r"Fl (\w)\b", line)
        name = re.search(r"Fl Fl ([\w-]+)( Ns = Ns Ar)?", line)
        found.append(option(letter and letter[1], name[1], name[2]))
    return sorted(found)


def section(text, title):
    match = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh|\Z)", text, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


def used_exit_statuses():
    """Numbers of those statuses in the header that some source returns."""
    code = ""
    for folder, _, names in os.walk(source("src")):
        for name in names:
            if name.endswith(".c"):
                code += read(os.path.relpath(os.path.join(folder, name), SOURCE))
    rows = re.findall(r"\b(SP_EXIT_\w+) = (\d+)", read("include", "sysprofile", "verbs.h"))
    return [number for name, number in rows if re.search(rf"\b{name}\b", code)]


def check_texts(options):
    manual = read("man", "sysprofile.1")
    tap.same(options_of_manual(manual), options, "the manual names the options of --help")
    statuses = used_exit_statuses()
    missing = [n for n in statuses if not re.search(rf"\b{n}\b", section(manual, "EXIT STATUS"))]
    tap.ok(len(statuses) >= 5, "the header names exit statuses", statuses)
    tap.same(missing, [], "the manual tells each exit status that is used")
    for name in ("style", "headroom", "format", "color"):
        values = accepted_values(name)
        missing = [v for v in values if f".It Cm {v}\n" not in manual and f".Cm {v}" not in manual]
        tap.ok(values and not missing, f"the manual tells the values of --{name}", missing)
    readme = read("README.md")
    named = sorted(
        option(*match.groups())
        for match in re.finditer(r"^\| `(?:-(\w), )?--([\w-]+)(=?)", readme, re.MULTILINE)
    )
    tap.same(named, options, "the table of the README names the options of --help")


def check_prices():
    """What --price stands beside is told as the table of risks has it."""
    rows = run([os.path.join(BUILD, "tests", "tools", "cover-text"), "--tier=list"])
    prices = re.findall(r"^([\w-]+) +(\d+)  ", rows.stdout.decode(), re.MULTILINE)
    text = read("man", "sysprofile.1")
    told = re.findall(r"^\.It Cm ([\w-]+) Pq (\d+)$", text, re.MULTILINE)
    tap.same(told, [row for row in prices if row[0] != "none"],
             "the manual names the prices of the table of risks")
    default = re.search(r"^a word +(\d+) ", rows.stdout.decode(), re.MULTILINE).group(1)
    tap.ok(f"from 1 to 10000; the default is {default}." in text,
           "the manual names the default of --price", default)


# --- the completions ---


def supported_releases():
    """The first column of the table of releases; all of them are asked for, so that it is true."""
    lines = read("syscall-groups", "releases.tsv").splitlines()
    releases = sorted(line.split("\t")[0] for line in lines if line and line[0] != "#")
    refused = [r for r in releases if say("groups", f"--systemd={r}").status != 0]
    return releases if not refused else f"refused: {refused}"


def check_values(shell, complete):
    """complete(text) gives the words offered for what stands behind "sysprofile "."""
    for name in ("style", "headroom", "format", "color"):
        tap.same(complete(f"--{name}="), accepted_values(name), f"{shell}: values of --{name}")
    for word in ("EPERM", "kill", "log"):
        tap.ok(word in complete("--action="), f"{shell}: --action= offers {word}")
    tap.same(complete("--systemd="), supported_releases(), f"{shell}: --systemd= offers them all")


BASH = r"""
set -u
source "$1" || exit 3
line=$2 last=$3
shift 3
complete -p sysprofile || exit 4
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
_sysprofile sysprofile "$last" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def complete_in_bash(*words, last=None):
    """What bash is told when the last of the words is under the cursor; None when it fails.

    As Readline has it: it cuts words at "=" and "@", so that a word here is a list when it is cut,
    and replaces last, the last piece. That is what "=" leaves it, and "@" belongs to it.
    """
    pieces = [piece for word in words for piece in ([word] if isinstance(word, str) else word)]
    line = " ".join(["sysprofile", *("".join(word) for word in words)])
    last = pieces[-1] if last is None else last
    result = run(
        ["bash", "--norc", "-c", BASH, "bash", source("completions", "sysprofile.bash"), line, last,
         "sysprofile", *pieces],
        env=ENVIRONMENT,
    )
    if result.status != 0 or result.stderr:
        tap.note(result)
        return None
    return [line for line in result.stdout.decode().splitlines()[1:] if line]


def complete_at_bash_prompt(line):
    """The line that <TAB> makes of this one, in a bash that nobody has configured."""
    environment = dict(ENVIRONMENT, PS1="ready> ", TERM="dumb")
    terminal = Terminal(["bash", "--norc", "--noprofile", "-i"], env=environment)
    # What the line says when it is run, and not how Readline draws it, is compared.
    file = source("completions", "sysprofile.bash")
    terminal.send(f"source '{file}'; set -u; PS1='loa''ded> '\n".encode())
    found = terminal.expect(rb"loaded> ")
    terminal.send(f"{line}\t \x01: \\<'<\x05'>\n".encode())
    terminal.send(b"history 2\nexit\n")
    found = found and terminal.expect(rb" : \\<'<(?=.*'>)") and terminal.wait() == 0
    match = re.findall(rb"^ +\d+ +: \\<'<(.*)'>\r?$", terminal.text, re.MULTILINE)
    return " ".join(match[-1].decode().split()) if found and match else terminal.text


def check_bash(options):
    offered = complete_in_bash("-")
    tap.same(sorted(offered or []), words_of(options), "bash: the options of --help")
    tap.same(complete_in_bash("--st"), ["--stop-timeout=", "--style="], "bash: --st<TAB>")
    tap.same(complete_in_bash("-s", "ex"), ["exact"], "bash: -s ex<TAB>")
    tap.same(complete_in_bash("groups", "@mo"), ["@module", "@mount"], "bash: groups @mo<TAB>")
    tap.same(complete_in_bash("groups", ["@", "mo"], last="@mo"), ["@module", "@mount"],
             "bash: groups @mo<TAB>, cut at the @")
    tap.same(complete_in_bash(["--assume", "=@", "mo"], last="@mo"), ["@module", "@mount"],
             "bash: --assume=@mo<TAB>")
    tap.same(complete_in_bash(["--assume", "=", "read,", "@", "modu"], last="read,@modu"),
             ["read,@module"], "bash: --assume=read,@modu<TAB>")
    for line, whole in (
        ("sysprofile groups @modu", "sysprofile groups @module"),
        ("sysprofile --assume=@modu", "sysprofile --assume=@module"),
        ("sysprofile --style=ex", "sysprofile --style=exact"),
    ):
        tap.same(complete_at_bash_prompt(line), whole, f"bash, on a terminal: {line}<TAB>")
    tap.ok("root" in (complete_in_bash(["--run-as", "=", "ro"]) or []), "bash: --run-as=ro<TAB>")
    tap.ok("sleep" in (complete_in_bash("-d", "5", "slee") or []), "bash: a command")
    tap.ok("sleep" in (complete_in_bash("--drop-in", "slee") or []), "bash: --drop-in, a command")
    tap.ok("@mount" not in (complete_in_bash("--", "groups", "@m") or []), "bash: -- groups")
    tap.same(complete_in_bash("explain", ["--format", "="], last=""), ["text", "json", "list"],
             "bash: explain --format=<TAB>")
    tap.same(complete_in_bash("diff", "-f", ""), ["text", "json"], "bash: diff -f <TAB>")
    tap.ok("--abi=" in (complete_in_bash("explain", "--") or []) and
           "--style=" not in (complete_in_bash("explain", "--") or []),
           "bash: the options of explain alone")
    tap.ok("sysprofile.bash" in (complete_in_bash("explain", "sysprofile.ba") or []) or
           "passwd" in " ".join(complete_in_bash("explain", "/etc/passw") or []),
           "bash: explain takes files")
    tap.same(complete_in_bash("verify", "--enf"), ["--enforce"], "bash: verify --enf<TAB>")
    tap.same(complete_in_bash("verify", "-f", ""), ["text", "json"], "bash: verify -f <TAB>")
    tap.ok("sleep" in (complete_in_bash("verify", "f", "--", "slee") or []), "bash: verify f --")
    tap.ok("sleep" not in (complete_in_bash("verify", "slee") or []), "bash: verify, a file")
    tap.same(complete_in_bash("-i", "x", "--c"), ["--color=", "--comm="], "bash: -i x --c<TAB>")
    for words in (["-i", "/etc/passw"], ["-i", "x", "/etc/passw"], ["--exe", "/etc/passw"]):
        tap.ok("/etc/passwd" in (complete_in_bash(*words) or []), f"bash: {' '.join(words)}<TAB>")

    def complete(text):
        # Nothing stands behind the "=" yet.
        name, _, _ = text.partition("=")
        return sorted(complete_in_bash([name, "="], last="") or [])

    check_values("bash", complete)


def options_of_zsh(text):
    found = []
    for letter, name, equals in re.findall(r"\{-(\w)\+?,--([\w-]+)(=?)\}", text):
        found.append(option(letter, name, equals))
    # "=-" is before a value that may be left out, as "[=UNIT]" is in --help.
    for name, equals in re.findall(r"^\t\t'(?:\([^)]*\)|\*)?--([\w-]+)(=-|=?)\[", text, re.MULTILINE):
        found.append(option(None, name, equals == "="))
    # Some are those of a verb as well.
    return sorted(set(found))


def check_zsh(options):
    text = read("completions", "_sysprofile")
    result = run(["zsh", "-n", source("completions", "_sysprofile")])
    tap.ok(result.status == 0 and not result.stderr, "zsh: the file is in order", result)
    tap.same(options_of_zsh(text), options, "zsh: the options of --help")

    def complete(option_text):
        values = re.search(rf"--{option_text[2:-1]}=\}}?'?\[.*:\((.*)\)'", text)
        # _arguments evaluates such a list (zshcompsys(1)).
        words = run(["zsh", "-fc", f"print -l -- {values[1]}"]).stdout if values else b""
        return sorted(words.decode().split())

    check_values("zsh", complete)


def complete_in_fish(text):
    result = run(
        ["fish", "--no-config", "-c", 'source $argv[1]; complete --do-complete="$argv[2]"',
         source("completions", "sysprofile.fish"), f"sysprofile {text}"],
        env=ENVIRONMENT,
    )
    if result.status != 0 or result.stderr:
        tap.note(result)
    return [line.split("\t")[0] for line in result.stdout.decode().splitlines()]


def check_fish(options):
    bare = sorted(word.rstrip("=") for word in words_of(options))
    offered = set(complete_in_fish("-") + complete_in_fish("--"))
    tap.same(sorted(offered), bare, "fish: the options of --help")
    tap.same(sorted(complete_in_fish("--st")), ["--stop-timeout", "--style"], "fish: --st<TAB>")
    tap.same(complete_in_fish("groups @mo"), ["@module", "@mount"], "fish: groups @mo<TAB>")
    tap.ok("sleep" in complete_in_fish("-d 5 slee"), "fish: a command")
    tap.same(sorted(w.rpartition("=")[2] for w in complete_in_fish("explain --format=")),
             ["json", "list", "text"], "fish: explain --format=<TAB>")
    tap.ok("/etc/passwd" in complete_in_fish("explain /etc/passw"), "fish: explain takes files")
    tap.same(complete_in_fish("verify --enf"), ["--enforce"], "fish: verify --enf<TAB>")
    tap.ok("sleep" in complete_in_fish("verify f -- slee"), "fish: verify f --")
    tap.ok("sleep" not in complete_in_fish("verify slee"), "fish: verify, a file")
    check_values("fish", lambda text: sorted(w.rpartition("=")[2] for w in complete_in_fish(text)))


def main():
    harness.need()
    options = check_help()
    check_version()
    check_texts(options)
    check_prices()
    for shell, check in (("bash", check_bash), ("zsh", check_zsh), ("fish", check_fish)):
        if shutil.which(shell):
            check(options)
        else:
            tap.skip(f"the completion for {shell}", f"{shell} is not installed")
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
