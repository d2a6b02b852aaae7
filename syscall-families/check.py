#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says what is wrong with the families, one 'file:line: reason' each; status 1 then."""

import sys
from pathlib import Path

import familydata

HERE = Path(__file__).resolve().parent


def main():
    if len(sys.argv) > 2:
        sys.exit('Usage: check.py [FOLDER]')
    folder = sys.argv[1] if len(sys.argv) == 2 else HERE
    try:
        data = familydata.Families(folder, HERE.parent / 'syscall-groups').check()
    except familydata.Damage as e:
        print(e, file=sys.stderr)
        return 1
    print(f'{len(data.families)} families')
    return 0


if __name__ == '__main__':
    sys.exit(main())
