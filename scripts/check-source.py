#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds what no compiler reads to its rules: licence lines, shell, Python, the manual. TAP.

SYSPROFILE_SOURCE is the top of the tree; SYSPROFILE_TESTS_MUST_RUN=1 makes a missing tool a
failure instead of a skip.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("SYSPROFILE_SOURCE", "."))
MUST_RUN = os.environ.get("SYSPROFILE_TESTS_MUST_RUN") == "1"
SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later"
# Top-level folders with code, and what is code in them.
FOLDERS = ("src", "include", "tests", "scripts", "syscall-groups", "syscall-families", "completions", ".ci")
CODE = re.compile(r".*\.(c|h|py|sh|bash|fish)|meson\.build")

count = 0
failed = 0


def point(good, name, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        for line in detail.strip().splitlines()[:40]:
            print(f"# {line}")


def skip(name, reason):
    global count, failed
    count += 1
    failed += MUST_RUN
    print(f"{'not ok' if MUST_RUN else 'ok'} {count} - {name} # SKIP {reason}")


def run_tool(name, argv, env=None):
    """One check by a tool that says nothing when it is content."""
    if not shutil.which(argv[0]):
        skip(name, f"{argv[0]} is not installed")
        return
    result = subprocess.run(
        argv, cwd=SOURCE, capture_output=True, text=True, timeout=120, check=False,
        env=dict(os.environ, **(env or {})), stdin=subprocess.DEVNULL,
    )
    words = result.stdout + result.stderr
    point(result.returncode == 0 and not words.strip(), name, words or f"status {result.returncode}")


def files():
    for folder in FOLDERS:
        for path in sorted((SOURCE / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(SOURCE)


def head_of(path):
    with open(SOURCE / path, encoding="utf-8", errors="replace") as f:
        return "".join(f.readline() for _ in range(3))


def is_shell(path):
    return path.suffix == ".sh" or re.match(r"#! ?/bin/(ba)?sh", head_of(path)) is not None


def check_licence_lines(paths):
    code = [p for p in paths if CODE.fullmatch(p.name) or head_of(p).startswith("#!")]
    bare = [str(p) for p in code if SPDX not in head_of(p)]
    point(code and not bare, "every file of code names its licence", "\n".join(bare))


def check_shell(paths):
    scripts = [str(p) for p in paths if is_shell(p)]
    scripts.append("completions/sysprofile.bash")
    run_tool(
        "shellcheck finds nothing in the scripts",
        ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *scripts],
    )


def check_python(paths):
    wrong = []
    for path in paths:
        if path.suffix == ".py" or head_of(path).startswith("#!/usr/bin/env python3"):
            try:
                compile((SOURCE / path).read_text(encoding="utf-8"), str(path), "exec")
            except SyntaxError as e:
                wrong.append(f"{path}:{e.lineno}: {e.msg}")
    point(not wrong, "every Python file compiles", "\n".join(wrong))


def check_manual():
    for page in sorted((SOURCE / "man").glob("*.[1-8]")):
        name = f"man/{page.name}"
        run_tool(f"mandoc -Tlint finds nothing in {name}",
                 ["mandoc", "-Tlint", "-Wwarning", name])
        run_tool(f"groff formats {name} without a warning",
                 ["groff", "-mandoc", "-Tutf8", "-ww", "-z", name])


def main():
    paths = list(files())
    check_licence_lines(paths)
    check_shell(paths)
    check_python(paths)
    check_manual()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
