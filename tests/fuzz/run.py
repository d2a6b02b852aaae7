#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the fuzz targets of a build for a while each; prints TAP.

A target passes when it ran its time without a crash; the seeded one passes when the error planted
in it was found in that time. Corpora are copied first, so that the tree stays as it is; what
crashed a target is left in the build folder.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Target, corpus and dictionary, files to show line coverage of.
TARGETS = {
    'fuzz-filter': ('filter', ['analysis/unitfile', 'analysis/filter']),
    'fuzz-groups': ('groups', ['tables/groups-listing', 'tables/groups.c']),
    'fuzz-fragments': ('filter', ['analysis/fragments']),
    'fuzz-profile': ('profile', ['model/profile-json', 'model/history']),
    'fuzz-strace': ('strace', ['trace/strace', 'trace/tables', 'trace/logclock']),
    'fuzz-audit': ('audit', ['trace/audit', 'trace/journal', 'trace/oci']),
}
SEEDED = {
    'fuzz-filter-seeded': 'filter',
    'fuzz-profile-seeded': 'profile',
    'fuzz-strace-seeded': 'strace',
    'fuzz-audit-seeded': 'audit',
}
# libFuzzer stops by itself; this is for the case that it does not.
GRACE = 60
# Times the seconds of a target; a seeded one ends when it has found its error, in seconds as a rule.
PATIENCE = 4


def fuzz(binary, kind, corpus, seconds, artifacts):
    """One run; (exit status, what it wrote)."""
    shutil.copytree(HERE / f'corpus-{kind}', corpus, dirs_exist_ok=True)
    command = [
        binary, corpus, f'-dict={HERE / kind}.dict', f'-max_total_time={seconds}',
        '-timeout=10', '-rss_limit_mb=2048', '-max_len=4096', '-len_control=20', '-seed=1',
        f'-artifact_prefix={artifacts}/{binary.name}-', '-print_final_stats=1',
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=seconds + GRACE, check=False)
    return done.returncode, done.stdout.decode(errors='replace')


def figures(output):
    """libFuzzer's own coverage and the number of runs, as a sentence."""
    progress = re.findall(r'cov: (\d+) ft: (\d+)', output)
    runs = re.search(r'stat::number_of_executed_units:\s+(\d+)', output)
    cov, ft = progress[-1] if progress else ('?', '?')
    return f'{runs.group(1) if runs else "?"} runs, cov {cov}, ft {ft}'


# What the target of this thread has to tell; printed when its turn has come.
said = threading.local()


def comment(text):
    said.lines += [f'# {line}' for line in text.splitlines()]


def line_coverage(binary, corpus, names, work):
    """Prints what the corpus reaches, where LLVM's tools are at hand."""
    profdata = shutil.which('llvm-profdata') or shutil.which('llvm-profdata-14')
    cov = shutil.which('llvm-cov') or shutil.which('llvm-cov-14')
    if not (profdata and cov and binary.exists()):
        comment('no llvm-cov: no line coverage')
        return
    raw = work / 'raw'
    subprocess.run([binary, '-runs=0', corpus], env={**os.environ, 'LLVM_PROFILE_FILE': str(raw)},
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300, check=True)
    subprocess.run([profdata, 'merge', '-o', work / 'data', raw], timeout=300, check=True)
    report = subprocess.run([cov, 'report', binary, f'-instr-profile={work / "data"}'],
                            stdout=subprocess.PIPE, timeout=300, check=True)
    for line in report.stdout.decode(errors='replace').splitlines():
        words = line.split()
        if len(words) > 9 and words[7] != '0' and any(name in words[0] for name in names):
            comment(f'{words[0]}: {words[9]} of {words[7]} lines')


def run_target(build, name, seconds, work):
    kind, names = TARGETS[name]
    corpus = work / name
    status, output = fuzz(build / name, kind, corpus, seconds, build)
    comment(f'{name}: {figures(output)}, {len(list(corpus.iterdir()))} files in the corpus')
    if status != 0:
        comment('\n'.join(output.splitlines()[-60:]))
        return False
    line_coverage(build / f'{name}-coverage', corpus, names, work)
    return True


def run_seeded(build, name, seconds, work):
    status, output = fuzz(build / name, SEEDED[name], work / name, seconds * PATIENCE, work)
    comment(f'{name}: {figures(output)}')
    found = status != 0 and re.search(r'AddressSanitizer: (heap|stack)-buffer-overflow', output)
    # A crash on the corpus that the tree has would prove nothing.
    at_once = 'INITED' not in output
    if not found or at_once:
        comment('\n'.join(output.splitlines()[-30:]))
    if found and at_once:
        comment(f'{name}: a file of the corpus has the planted error: take the part out that does')
    return bool(found) and not at_once


def run_one(build, name, seconds):
    """Whether it is good, and what there is to tell."""
    said.lines = []
    with tempfile.TemporaryDirectory(prefix='sysprofile-fuzz-') as work:
        try:
            run = run_seeded if name in SEEDED else run_target
            good = run(build, name, seconds, Path(work))
        except (OSError, subprocess.SubprocessError) as error:
            comment(str(error))
            good = False
    return good, said.lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', type=Path, nargs='?', help='the folder with the targets; '
                        'else tests/fuzz below $SYSPROFILE_BUILD')
    parser.add_argument('--seconds', type=int,
                        default=int(os.environ.get('SYSPROFILE_FUZZ_SECONDS', '60')))
    args = parser.parse_args()
    if not args.build and 'SYSPROFILE_BUILD' not in os.environ:
        parser.error('no build given')
    build = (args.build or Path(os.environ['SYSPROFILE_BUILD']) / 'tests' / 'fuzz').resolve()
    failed = 0

    print(f'1..{len(TARGETS) + len(SEEDED)}', flush=True)
    names = [*TARGETS, *SEEDED]
    # A target is one thread.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = pool.map(lambda name: run_one(build, name, args.seconds), names)
        for number, (name, (good, lines)) in enumerate(zip(names, results), 1):
            print('\n'.join(lines))
            what = 'finds the planted error' if name in SEEDED else 'does not crash'
            print(f'{"ok" if good else "not ok"} {number} - {name} {what}', flush=True)
            failed += not good
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
