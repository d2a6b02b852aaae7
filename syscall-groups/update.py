#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the table with a listing, or takes the listing into the table.

Usage: systemd-analyze syscall-filter | update.py [--write SOURCE] VERSION

VERSION is what the listing is of: a release (262, 252.40) or a variant of releases.tsv (rhel9).
Without --write the differences are printed, and status 1 says that there are some. With it,
groups.tsv, releases.tsv and calls.txt are rewritten, and SOURCE says in releases.tsv where the
listing comes from.
"""

import sys
from pathlib import Path

import groupdata

FOLDER = Path(__file__).resolve().parent


def differences(have, found):
    """['+@group member', '-@group member'] that lead from one table to the other."""
    words = []
    for group in sorted(have.keys() | found.keys()):
        a, b = have.get(group, set()), found.get(group, set())
        words += [f'{"+" if m in b else "-"}{group} {m}' for m in sorted(a ^ b)]
    return words


def nearest(table, name):
    """The table that the data has for a release, even for one after the last."""
    version = groupdata.parse_version(name)
    if version and version[0] not in table.majors:
        newest = max(table.majors)
        return table.table(groupdata.version_text((newest, table.majors[newest])))
    return table.table(name)


def take(table, name, found, source):
    """Adds what was found to the data."""
    facts = {version: table.table(groupdata.version_text(version)) for version in table.versions()}
    variants = {v: (*table.variants[v], table.table(v)) for v in table.variants}
    majors = dict(table.majors)
    version = groupdata.parse_version(name)
    if version and version[0] not in majors:
        if version[0] != max(majors) + 1:
            sys.exit(f'{name} does not follow {max(majors)}: take the releases between first')
        # Nothing is known of what came before, so that the first release found stands for all.
        facts[version[0], 0] = found
        majors[version[0]] = version[1]
    elif version:
        after = [v for v in facts if version < v and v[0] == version[0]]
        # The next point release that was looked at keeps its table.
        following = (version[0], version[1] + 1)
        if following not in facts and (after or majors[version[0]] > version[1]):
            facts[following] = table.table(groupdata.version_text(following))
        facts[version] = found
        majors[version[0]] = max(majors[version[0]], version[1])
    else:
        variants[name] = (*table.variants[name], found)
    told = str(version[0]) if version else name
    write(table, facts, variants, majors, {**table.sources, told: source})


def write(table, facts, variants, majors, sources):
    rows = groupdata.encode(facts, variants)
    calls = sorted({m for row in rows if not (m := row.split('\t')[1]).startswith('@')})
    releases = []
    for major in sorted(majors):
        newest = groupdata.version_text((major, majors[major]))
        releases.append(f'{major}\t-\t-\t{newest}\t{sources[str(major)]}')
        for name, (base, taken) in table.variants.items():
            if base[0] == major:
                words = ' '.join(f'{g}={groupdata.version_text(v)}' for g, v in taken.items())
                releases.append(f'{name}\t{groupdata.version_text(base)}\t{words or "-"}\t-\t'
                                f'{sources[name]}')
    for file, head, lines in (('groups.tsv', groupdata.GROUPS_HEAD, rows),
                              ('releases.tsv', groupdata.RELEASES_HEAD, releases),
                              ('calls.txt', groupdata.CALLS_HEAD, calls)):
        (table.folder / file).write_text(head + '\n'.join(lines) + '\n', encoding='ascii')
    groupdata.Table(table.folder).check()


def main():
    arguments = sys.argv[1:]
    source = None
    if len(arguments) == 3 and arguments[0] == '--write':
        source = arguments.pop(1)
        arguments.pop(0)
    table = groupdata.Table(FOLDER).check()
    if len(arguments) != 1 or not (groupdata.parse_version(arguments[0])
                                   or arguments[0] in table.variants):
        sys.exit(__doc__)
    name = arguments[0]
    try:
        found = groupdata.parse_listing(sys.stdin.read())
    except ValueError as e:
        sys.exit(f'Cannot understand the listing: {e}')
    words = differences(nearest(table, name), found)
    print('\n'.join(words) or 'No difference')
    if source:
        take(table, name, found, source)
        return 0
    return 1 if words else 0


if __name__ == '__main__':
    sys.exit(main())
