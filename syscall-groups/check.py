#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says what is wrong with the data of a folder, one 'file:line: reason' each; status 1 then."""

import sys
from pathlib import Path

import groupdata


def main():
    if len(sys.argv) > 2:
        sys.exit('Usage: check.py [FOLDER]')
    folder = sys.argv[1] if len(sys.argv) == 2 else Path(__file__).parent
    try:
        table = groupdata.Table(folder).check()
    except groupdata.Damage as e:
        print(e, file=sys.stderr)
        return 1
    print(f'{len(table.lines)} members in {len(table.releases())} releases')
    return 0


if __name__ == '__main__':
    sys.exit(main())
