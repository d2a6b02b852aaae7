#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Damages a copy of the families in each way that check.py promises to see; prints TAP."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OPEN = 'Calls: open openat openat2\n'
REASON = 'Reason: files are opened by a newer call\n'

# Name, text to replace, replacement, what the message must match.
DAMAGE = (
    ('an unknown call', OPEN, OPEN.replace('openat2', 'opennat2'),
     r"families\.txt:\d+: unknown call 'opennat2'"),
    ('a call twice', OPEN, 'Calls: open openat open\n', r'duplicate call in'),
    ('two blanks', OPEN, 'Calls: open  openat\n', r"unknown call ''"),
    ('nobody beside it', OPEN, 'Calls: open\n', r'open has no sibling'),
    ('no calls', OPEN, '', r'no Calls'),
    ('no reason', REASON, '', r'no Reason'),
    ('two reasons', REASON, REASON + REASON, r'a second Reason'),
    ('an unknown field', REASON, REASON + 'Remark: none\n', r'is no field with a value'),
    ('no value', REASON, REASON + 'Linux:\n', r'is no field with a value'),
    ('a blank at the end', REASON, REASON.replace('call\n', 'call \n'),
     r'is no field with a value'),
    ('no version', 'Glibc: 2.26 open() makes', 'Glibc: newer open() makes',
     r'no version and what it does'),
    ('a version alone', 'Linux: 5.6 openat2\n', 'Linux: 5.6\n', r'no version and what it does'),
    ('no evidence', 'Linux: 2.6.28 accept4\n', '', r'no version and no source for accept'),
    ('a name twice', 'Family: stat\n', 'Family: open\n', r'duplicate family open'),
    ('a bad name', 'Family: stat\n', 'Family: Stat\n', r"bad name 'Stat'"),
    ('no empty line', '\nFamily: stat\n', 'Family: stat\n', r'a family without an empty line'),
    ('no beginning', 'Family: stat\n', '', r'Calls where a family begins'),
    ('a release that is not known', 'Systemd: 248-\n', 'Systemd: 948-\n', r"bad releases '948-'"),
    ('releases the wrong way round', 'Systemd: 248-\n', 'Systemd: 256-248\n',
     r"bad releases '256-248'"),
    ('releases that are none', 'Systemd: 248-\n', 'Systemd: new\n', r"bad releases 'new'"),
    ('an unknown trigger', 'When: socketcall\n', 'When: socketcal\n', r"unknown call 'socketcal'"),
    ('a long line', REASON, 'Reason: ' + 'x' * 100 + '\n', r'longer than 100 characters'),
    ('more than ASCII', REASON, REASON.replace('files', 'f\u00efles'), r'cannot be read'),
)


def check(text):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, 'families.txt').write_text(text, encoding='utf-8')
        return subprocess.run([sys.executable, '-B', HERE / 'check.py', folder], text=True,
                              capture_output=True, check=False, timeout=60)


def main():
    text = (HERE / 'families.txt').read_text(encoding='ascii')
    good = check(text)
    results = [(good.returncode == 0 and not good.stderr, 'the data as it is', good.stderr)]
    empty = check('')
    results.append((empty.returncode == 1 and 'no data' in empty.stderr, 'no data', empty.stderr))
    for name, old, new, message in DAMAGE:
        result = check(text.replace(old, new, 1))
        seen = text.count(old) >= 1 and result.returncode == 1
        results.append((seen and re.search(message, result.stderr), name,
                        f'wanted {message}, got:\n{result.stderr}'))
    for i, (seen, name, words) in enumerate(results, 1):
        print(f'{"ok" if seen else "not ok"} {i} - {name}')
        if not seen:
            print('\n'.join(f'# {line}' for line in words.splitlines()))
    print(f'1..{len(results)}')
    return 0 if all(seen for seen, _, _ in results) else 1


if __name__ == '__main__':
    sys.exit(main())
