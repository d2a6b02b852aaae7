#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Damages copies of the data in every way that check.py promises to see; prints TAP."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = ('groups.tsv', 'releases.tsv', 'calls.txt', 'unnamed.tsv')
WRITE = '@basic-io\twrite\t232\t-\t-\n'

# Name, file, text to replace (None: append), replacement, what the message must match.
DAMAGE = (
    ('an unknown variant without names', 'unnamed.tsv', 'debian12\t', 'debian11\t',
     r'unnamed\.tsv:\d+: unknown variant debian11'),
    ('a variant without names twice', 'unnamed.tsv', 'rhel8\t', 'rhel9\t',
     r'unnamed\.tsv:\d+: duplicate variant rhel9'),
    ('an unknown call without a name', 'unnamed.tsv', 'debian12\tgetxattrat', 'debian12\tgetxattrbt',
     r"unnamed\.tsv:\d+: unknown call 'getxattrbt' of debian12"),
    ('names out of order', 'unnamed.tsv', 'debian12\tgetxattrat listmount',
     'debian12\tlistmount getxattrat', r'unnamed\.tsv:\d+: the calls of debian12 are not in order'),
    ('an unknown call', 'groups.tsv', WRITE, WRITE.replace('write', 'wrlte'),
     r'groups\.tsv:\d+: unknown member wrlte of @basic-io'),
    ('a name that is no call', 'calls.txt', '\nwrite\n', '\nWrite\n',
     r"calls\.txt:\d+: 'Write' does not look like a system call"),
    ('an unknown group', 'groups.tsv', '@known\t@obsolete\t', '@known\t@obsolet\t',
     r'groups\.tsv:\d+: unknown member @obsolet of @known: no such group in 252'),
    ('a group that comes later', 'groups.tsv', '@default\t@sandbox\t257\t-\t',
     '@default\t@sandbox\t257\t-\t+253.5- ',
     r'groups\.tsv:\d+: unknown member @sandbox of @default: no such group in 253\.5'),
    ('a group that contains itself', 'groups.tsv', '@aio\tio_cancel\t',
     '@aio\t@aio\t235\t-\t-\n@aio\tio_cancel\t', r'groups\.tsv:\d+: cycle: @aio holds @aio'),
    ('a cycle of two groups', 'groups.tsv', '@sandbox\tlandlock_add_rule\t',
     '@sandbox\t@default\t260\t-\t-\n@sandbox\tlandlock_add_rule\t',
     r'groups\.tsv:\d+: cycle: @sandbox holds @default, which leads back, in 260'),
    ('a duplicate row', 'groups.tsv', WRITE, WRITE * 2,
     r'groups\.tsv:\d+: duplicate member write of @basic-io'),
    ('an overlapping row', 'groups.tsv', WRITE, '@basic-io\twrite\t232\t240\t-\n'
     '@basic-io\twrite\t240\t-\t-\n', r'groups\.tsv:\d+: duplicate member write of @basic-io'),
    ('a duplicate name', 'calls.txt', '\nwrite\n', '\nwrite\nwrite\n',
     r'calls\.txt:\d+: duplicate name write'),
    ('a duplicate release', 'releases.tsv', None, 'rhel8\t239\t-\t-\tagain\n',
     r'releases\.tsv:\d+: duplicate release rhel8'),
    ('a release before the first', 'groups.tsv', WRITE, WRITE.replace('232', '230'),
     r'groups\.tsv:\d+: bad release: 230 to -'),
    ('a span that ends before it begins', 'groups.tsv', WRITE, '@basic-io\twrite\t240\t239\t-\n',
     r'groups\.tsv:\d+: bad release: 240 to 239'),
    ('a release that is no number', 'groups.tsv', WRITE, WRITE.replace('232', 'v232'),
     r'groups\.tsv:\d+: bad release: v232 to -'),
    ('a point release that nobody saw', 'groups.tsv', WRITE, '@basic-io\twrite\t232\t-\t!252.99-\n',
     r'groups\.tsv:\d+: bad release: !252\.99-'),
    ('an unknown vendor', 'groups.tsv', WRITE, '@basic-io\twrite\t232\t-\t!xenix1\n',
     r'groups\.tsv:\d+: bad release: !xenix1'),
    ('a difference that is none', 'groups.tsv', WRITE, '@basic-io\twrite\t232\t-\t+252.8-\n',
     r'groups\.tsv:\d+: duplicate: \+252\.8- says what the row says'),
    ('a difference said twice', 'groups.tsv', WRITE, '@basic-io\twrite\t232\t-\t!252.8- !252.9-\n',
     r'groups\.tsv:\d+: duplicate: !252\.9- says what another word says'),
    ('a gap between releases', 'releases.tsv', None, '299\t-\t-\t299\tnowhere\n',
     r'releases\.tsv:\d+: bad release 299'),
    ('a vendor without a base', 'releases.tsv', None, 'xenix1\t999\t-\t-\tnowhere\n',
     r"releases\.tsv:\d+: bad release xenix1: its base '999'"),
    ('a vendor that takes from nowhere', 'releases.tsv', None,
     'xenix1\t239\t@known=299\t-\tnowhere\n',
     r'releases\.tsv:\d+: bad release xenix1: takes from 299'),
    ('a missing column', 'groups.tsv', WRITE, '@basic-io\twrite\t232\t-\n',
     r'groups\.tsv:\d+: 4 columns'),
    ('rows out of order', 'groups.tsv', WRITE, '', r'@basic-io write is not in order'),
    ('a name that nobody uses', 'calls.txt', '\nwrite\n', '\nwrite\nwriten\n',
     r'calls\.txt:0: writen is a member of no group'),
)


def check(folder):
    return subprocess.run([sys.executable, HERE / 'check.py', folder], capture_output=True,
                          text=True, timeout=60, check=False)


def damage(folder, file, old, new):
    path = folder / file
    text = path.read_text(encoding='ascii')
    if old is None:
        text += new
    elif text.count(old) != 1:
        return False
    elif new:
        text = text.replace(old, new)
    else:
        text = text.replace(old, '') + old
    path.write_text(text, encoding='ascii')
    return True


def refuses(file, old, new, pattern):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for copied in FILES:
            shutil.copyfile(HERE / copied, folder / copied)
        if not damage(folder, file, old, new):
            return f'{file} has no single {old!r} any more; change this test with the data'
        result = check(folder)
    if result.returncode != 1:
        return f'status {result.returncode} instead of 1'
    if not re.search(pattern, result.stderr):
        return f'no message matches {pattern}: {result.stderr[:300]}'
    return None


def main():
    print(f'1..{len(DAMAGE) + 1}')
    good = check(HERE)
    print('ok 1 - the data itself is sound' if good.returncode == 0
          else f'not ok 1 - the data itself is sound\n# {good.stderr}')
    failed = good.returncode != 0
    for number, (name, *case) in enumerate(DAMAGE, 2):
        why = refuses(*case)
        failed |= why is not None
        print(f'{"not " if why else ""}ok {number} - refuses {name}')
        if why:
            print(f'# {why}'.replace('\n', '\n# '))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
