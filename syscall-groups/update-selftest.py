#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets update.py work on copies of the data and looks at what becomes of them; prints TAP."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import groupdata

HERE = Path(__file__).resolve().parent
DATA = ('groups.tsv', 'releases.tsv', 'calls.txt', 'unnamed.tsv')


def listing(groups):
    text = ''
    for group in sorted(groups):
        text += f'{group}\n    # What it is for\n'
        text += ''.join(f'    {member}\n' for member in sorted(groups[group])) + '\n'
    return text + '# Ungrouped System Calls (known but not included in any of the groups):\n#   x\n'


def update(folder, groups, *arguments):
    return subprocess.run([sys.executable, '-B', folder / 'update.py', *arguments],
                          input=listing(groups), capture_output=True, text=True, timeout=60,
                          check=False)


def changed(groups):
    """One call less, one more, and one that no release knew."""
    groups = {group: set(members) for group, members in groups.items()}
    groups['@swap'].discard('swapoff')
    groups['@swap'] |= {'reboot', 'brand_new_call'}
    return groups


def takes_back_what_it_has(folder):
    before = [(folder / file).read_text() for file in DATA]
    table = groupdata.Table(folder).check()
    groups = table.table('257.13')
    if update(folder, groups, '257.13').returncode != 0:
        return 'sees a difference where there is none'
    update(folder, groups, '--write', table.sources['257'], '257.13')
    if [(folder / file).read_text() for file in DATA] != before:
        return 'writes the same data differently'
    return None


def reports_every_difference(folder):
    table = groupdata.Table(folder).check()
    result = update(folder, changed(table.table('252')), '252')
    words = result.stdout.split('\n')[:-1]
    wanted = ['+@swap brand_new_call', '+@swap reboot', '-@swap swapoff']
    if result.returncode != 1 or words != wanted:
        return f'status {result.returncode}, {words}'
    return None


def takes(name, others):
    """Only the release that the listing is of may change, and those after it in its row."""
    def case(folder):
        table = groupdata.Table(folder).check()
        base = name if name in table.variants else others[0]
        groups = changed(table.table(base))
        before = {other: table.table(other) for other in others}
        result = update(folder, groups, '--write', 'a test', name)
        if result.returncode != 0:
            return result.stderr
        table = groupdata.Table(folder).check()
        if table.table(name) != groups:
            return f'{name} is not what the listing said'
        for other, members in before.items():
            if table.table(other) != members:
                return f'{other} changed as well'
        return None
    return case


def leaves_no_gap(folder):
    result = update(folder, groupdata.Table(folder).check().table('261'), '--write', 'x', '263')
    return None if 'does not follow 261' in result.stderr else 'takes 263 right after 261'


def refuses_other_text(folder):
    result = subprocess.run([sys.executable, '-B', folder / 'update.py', '252'], input='Hello\n',
                            capture_output=True, text=True, timeout=60, check=False)
    return None if 'Cannot understand' in result.stderr else 'takes any text for a listing'


CASES = (
    ('data that is taken again stays as it is', takes_back_what_it_has),
    ('every difference is reported', reports_every_difference),
    ('a new release is taken', takes('262', ['261', '260', 'rhel9'])),
    ('a new point release is taken', takes('252.50', ['252.38', '252', 'debian12', '253'])),
    ('a point release in between is taken', takes('252.12', ['252.11', '252.13', '252.38'])),
    ('a variant is taken', takes('rhel9', ['252', '252.8', 'debian12'])),
    ('no release is left out', leaves_no_gap),
    ('what is no listing is refused', refuses_other_text),
)


def main():
    print(f'1..{len(CASES)}')
    failed = False
    for number, (name, case) in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory() as folder:
            for file in (*DATA, 'groupdata.py', 'update.py'):
                shutil.copyfile(HERE / file, Path(folder) / file)
            why = case(Path(folder))
        failed |= why is not None
        print(f'{"not " if why else ""}ok {number} - {name}')
        if why:
            print(f'# {why}'.replace('\n', '\n# '))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
