# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads and checks families.txt (README.md has the format)."""

import re
from pathlib import Path

FAMILY = re.compile(r'[a-z][a-z0-9-]*')
CALL = re.compile(r'[a-z_][a-z0-9_]*')
RANGE = re.compile(r'([1-9][0-9]{2})-([1-9][0-9]{2})?')
VERSION = re.compile(r'[0-9]+(\.[0-9]+)* \S.*')
OPEN = 9999
WIDTH = 100

# A field, and whether a family may have several of it.
FIELDS = {'Family': False, 'When': False, 'Systemd': False, 'Calls': True, 'Glibc': True,
          'Musl': True, 'Go': True, 'Linux': True, 'Source': True, 'Reason': False}
VERSIONED = ('Glibc', 'Musl', 'Go', 'Linux')


class Damage(Exception):
    """What is wrong with the data, one 'file:line: reason' each."""

    def __init__(self, reasons):
        super().__init__('\n'.join(reasons))
        self.reasons = reasons


class Family:
    def __init__(self, line):
        self.line = line
        self.fields = {}    # name -> [(line, value)]

    def one(self, field):
        return self.fields[field][0][1] if field in self.fields else None

    def sets(self):
        return [value.split(' ') for _, value in self.fields.get('Calls', [])]

    def systemd(self):
        """(first, last) of the major releases that it is for."""
        m = RANGE.fullmatch(self.one('Systemd') or '')
        return (int(m[1]), int(m[2] or OPEN)) if m else (0, OPEN)

    def evidence(self):
        """Where the facts come from, in the order of the file: 'glibc 2.26 ...'."""
        said = []
        for field, values in self.fields.items():
            name = {'Linux': 'Linux ', 'Go': 'Go ', 'Source': ''}.get(field, field.lower() + ' ')
            if field in (*VERSIONED, 'Source'):
                said += [(line, name + value) for line, value in values]
        return [text for _, text in sorted(said)]


class Families:
    """The whole of the data. Errors are collected, so that one run shows all of them."""

    def __init__(self, folder, groups):
        """groups: the folder with calls.txt and releases.tsv."""
        self.folder = Path(folder)
        self.errors = []
        self.families = []
        self.calls = set(self._lines_of(Path(groups), 'calls.txt'))
        rows = self._lines_of(Path(groups), 'releases.tsv')
        self.majors = {int(row.split('\t')[0]) for row in rows if row.split('\t')[0].isdecimal()}
        self._read()

    def error(self, line, reason):
        self.errors.append(f'families.txt:{line}: {reason}')

    def _lines_of(self, folder, file):
        try:
            text = (folder / file).read_text(encoding='ascii')
        except (OSError, UnicodeDecodeError) as e:
            self.errors.append(f'{file}:0: cannot be read: {e}')
            return []
        return [line for line in text.splitlines() if line and not line.startswith('#')]

    def _read(self):
        try:
            text = (self.folder / 'families.txt').read_text(encoding='ascii')
        except (OSError, UnicodeDecodeError) as e:
            self.error(0, f'cannot be read: {e}')
            return
        family = None
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > WIDTH:
                self.error(number, f'longer than {WIDTH} characters')
            if not line:
                family = None
            elif not line.startswith('#'):
                family = self._read_field(number, line, family)

    def _read_field(self, number, line, family):
        field, colon, value = line.partition(': ')
        if not colon or field not in FIELDS or value != value.strip() or not value:
            self.error(number, f'{line!r} is no field with a value')
            return family
        if (field == 'Family') != (family is None):
            self.error(number, f'{field} where a family begins' if family is None
                       else 'a family without an empty line before it')
        if family is None or field == 'Family':
            family = Family(number)
            self.families.append(family)
        if field in family.fields and not FIELDS[field]:
            self.error(number, f'a second {field}')
        family.fields.setdefault(field, []).append((number, value))
        return family

    def check(self):
        """Raises Damage with everything that is wrong."""
        names = set()
        for family in self.families:
            self._check_family(family, names)
        if not self.families:
            self.error(0, 'no data')
        if self.errors:
            raise Damage(list(dict.fromkeys(self.errors)))
        return self

    def _check_family(self, family, names):
        for field in ('Family', 'Calls', 'Reason'):
            if field not in family.fields:
                self.error(family.line, f'no {field}')
        name = family.one('Family') or ''
        if not FAMILY.fullmatch(name):
            self.error(family.line, f'bad name {name!r}')
        if name in names:
            self.error(family.line, f'duplicate family {name}')
        names.add(name)
        if not family.evidence():
            self.error(family.line, f'no version and no source for {name}')
        for field in VERSIONED:
            for number, value in family.fields.get(field, []):
                if not VERSION.fullmatch(value):
                    self.error(number, f'no version and what it does: {value!r}')
        self._check_calls(family)
        self._check_systemd(family)

    def _check_calls(self, family):
        when = family.fields.get('When', [(0, '')])[0]
        for number, value in family.fields.get('Calls', []):
            self._check_names(number, value)
            # What has siblings has two at least; what is added beside another may stand alone.
            if not when[1] and ' ' not in value:
                self.error(number, f'{value} has no sibling')
        if when[1] and when[1] != 'always':
            self._check_names(*when)

    def _check_names(self, number, value):
        words = value.split(' ')
        for word in words:
            if not CALL.fullmatch(word) or word not in self.calls:
                self.error(number, f'unknown call {word!r}')
        if len(set(words)) != len(words):
            self.error(number, f'duplicate call in {value!r}')

    def _check_systemd(self, family):
        for number, value in family.fields.get('Systemd', []):
            m = RANGE.fullmatch(value)
            if not m or int(m[1]) not in self.majors or (
                    m[2] and (int(m[2]) not in self.majors or m[2] < m[1])):
                self.error(number, f'bad releases {value!r}')
