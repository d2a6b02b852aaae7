# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads, checks and writes the table of systemd's system call groups (README.md has the format)."""

import re
from pathlib import Path

GROUP = re.compile(r'@[a-z][a-z0-9-]*')
CALL = re.compile(r'[a-z_][a-z0-9_]*')
VERSION = re.compile(r'([1-9][0-9]{2})(?:\.([1-9][0-9]?))?')
VARIANT = re.compile(r'[a-z][a-z0-9.]*')
TERM = re.compile(r'([+!])(?:([0-9]+)\.([0-9]+)-(?:([0-9]+)\.([0-9]+))?|([a-z][a-z0-9.]*))')
OPEN = 10 ** 6

GROUPS_HEAD = '# group\tmember\tfirst\tlast\tdiffers\n'
RELEASES_HEAD = '# release\tbase\ttaken\tnewest\tsource\n'
CALLS_HEAD = '# Every system call name that any group of any release holds, sorted.\n'


class Damage(Exception):
    """What is wrong with the data, one 'file:line: reason' each."""

    def __init__(self, reasons):
        super().__init__('\n'.join(reasons))
        self.reasons = reasons


def parse_version(text):
    """'252.39' is (252, 39) and '252' is (252, 0); None for anything else."""
    m = VERSION.fullmatch(text)
    return (int(m[1]), int(m[2] or 0)) if m else None


def version_text(version):
    return f'{version[0]}.{version[1]}' if version[1] else str(version[0])


class Table:
    """The whole of the data. Errors are collected, so that one run shows all of them."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.errors = []
        self.calls = set()
        self.majors = {}        # major -> newest point release that was looked at
        self.variants = {}      # name -> (base version, {group: version it is taken from})
        self.spans = {}         # (group, member) -> [(first, last)] of majors
        self.terms = {}         # (group, member) -> [(line, present, from, to)] or variant terms
        self.lines = {}         # (group, member) -> line of its first row
        self.sources = {}       # release -> where its facts come from
        self.unnamed = {}       # variant -> calls that its libseccomp cannot name
        self._read_calls()
        self._read_releases()
        self._read_groups()
        self._read_unnamed()

    def error(self, file, line, reason):
        self.errors.append(f'{file}:{line}: {reason}')

    def _rows(self, file, columns):
        try:
            text = (self.folder / file).read_text(encoding='ascii')
        except (OSError, UnicodeDecodeError) as e:
            self.error(file, 0, f'cannot be read: {e}')
            return
        for number, line in enumerate(text.splitlines(), 1):
            if not line or line.startswith('#'):
                continue
            row = line.split('\t')
            if len(row) != columns or not all(row):
                self.error(file, number,
                           f'{len(row)} columns, or an empty one, instead of {columns}')
                continue
            yield number, row

    def _read_calls(self):
        before = ''
        for number, (name,) in self._rows('calls.txt', 1):
            if not CALL.fullmatch(name):
                self.error('calls.txt', number, f'{name!r} does not look like a system call')
            elif name == before:
                self.error('calls.txt', number, f'duplicate name {name}')
            elif name < before:
                self.error('calls.txt', number, f'{name} is not in order')
            self.calls.add(name)
            before = name

    def _read_releases(self):
        file = 'releases.tsv'
        taken_from = []
        for number, (name, base, taken, newest, source) in self._rows(file, 5):
            if name in self.sources:
                self.error(file, number, f'duplicate release {name}')
                continue
            self.sources[name] = source
            version = parse_version(name)
            if version:
                self._read_major(number, version, base, taken, newest)
            elif VARIANT.fullmatch(name):
                taken_from += self._read_variant(number, name, base, taken, newest)
            else:
                self.error(file, number, f'bad release {name!r}')
        # A vendor takes a group back from a later release, so all must have been read.
        for number, name, version in taken_from:
            if version[0] not in self.majors:
                self.error(file, number, f'bad release {name}: takes from {version_text(version)}')

    def _read_major(self, number, version, base, taken, newest):
        file = 'releases.tsv'
        seen = parse_version(newest)
        if version[1] or base != '-' or taken != '-' or not seen or seen[0] != version[0]:
            self.error(file, number, f'bad release {version_text(version)}: a major version has '
                                     'no base, takes nothing, and its newest is one of its own')
        elif self.majors and version[0] != max(self.majors) + 1:
            self.error(file, number, f'bad release {version[0]}: not the one after the last')
        else:
            self.majors[version[0]] = seen[1]

    def _read_variant(self, number, name, base, taken, newest):
        file = 'releases.tsv'
        version = parse_version(base)
        if not version or version[0] not in self.majors or newest != '-':
            self.error(file, number, f'bad release {name}: its base {base!r} is not known above')
            return []
        groups = {}
        for word in [] if taken == '-' else taken.split(' '):
            group, _, release = word.partition('=')
            other = parse_version(release)
            if not GROUP.fullmatch(group) or not other:
                self.error(file, number, f'bad release {name}: cannot take {word!r}')
            else:
                groups[group] = other
        self.variants[name] = (version, groups)
        return [(number, name, other) for other in groups.values()]

    def _read_groups(self):
        before = ('', '', -1)
        for number, (group, member, first, last, differs) in self._rows('groups.tsv', 5):
            key = (group, member)
            if not GROUP.fullmatch(group):
                self.error('groups.tsv', number, f'{group!r} does not look like a group')
            if not GROUP.fullmatch(member) and member not in self.calls:
                self.error('groups.tsv', number, f'unknown member {member} of {group}')
            span = self._read_span(number, first, last)
            order = (group, member, span[0] if span else 0)
            if order < before:
                self.error('groups.tsv', number, f'{group} {member} is not in order')
            before = order
            self.lines.setdefault(key, number)
            if span:
                self._add_span(number, key, span)
            for word in [] if differs == '-' else differs.split(' '):
                self._read_term(number, key, word)

    def _read_unnamed(self):
        file = 'unnamed.tsv'
        for number, (name, calls, _) in self._rows(file, 3):
            words = calls.split(' ')
            if name not in self.variants:
                self.error(file, number, f'unknown variant {name}')
            if name in self.unnamed:
                self.error(file, number, f'duplicate variant {name}')
            if words != sorted(set(words)):
                self.error(file, number, f'the calls of {name} are not in order')
            for word in words:
                if word not in self.calls:
                    self.error(file, number, f'unknown call {word!r} of {name}')
            self.unnamed[name] = words

    def _read_span(self, number, first, last):
        if first == '-' and last == '-':
            return None
        lo = int(first) if first.isdecimal() else 0
        hi = OPEN if last == '-' else int(last) if last.isdecimal() else 0
        if lo not in self.majors or (hi != OPEN and hi not in self.majors) or hi < lo:
            self.error('groups.tsv', number, f'bad release: {first} to {last}')
            return None
        return lo, hi

    def _add_span(self, number, key, span):
        spans = self.spans.setdefault(key, [])
        if any(span[0] <= hi and lo <= span[1] for lo, hi in spans):
            self.error('groups.tsv', number, f'duplicate member {key[1]} of {key[0]}')
        spans.append(span)

    def _read_term(self, number, key, word):
        m = TERM.fullmatch(word)
        terms = self.terms.setdefault(key, [])
        if not m or (m[6] and m[6] not in self.variants):
            self.error('groups.tsv', number, f'bad release: {word}')
            return
        if m[6]:
            term = (m[1] == '+', m[6], None)
        else:
            lo = (int(m[2]), int(m[3]))
            hi = (int(m[4]), int(m[5])) if m[4] else (lo[0], OPEN)
            newest = self.majors.get(lo[0], 0)
            if hi[0] != lo[0] or hi < lo or not 1 <= lo[1] <= newest:
                self.error('groups.tsv', number, f'bad release: {word}')
                return
            if self._in_major(key, lo[0]) == (m[1] == '+'):
                self.error('groups.tsv', number, f'duplicate: {word} says what the row says')
            term = (m[1] == '+', lo, hi)
        if any(self._overlap(term, other) for other in terms):
            self.error('groups.tsv', number, f'duplicate: {word} says what another word says')
        terms.append(term)

    @staticmethod
    def _overlap(a, b):
        if isinstance(a[1], str) or isinstance(b[1], str):
            return a[1] == b[1]
        return a[1] <= b[2] and b[1] <= a[2]

    def _in_major(self, key, major):
        return any(lo <= major <= hi for lo, hi in self.spans.get(key, []))

    def _is_member(self, key, version):
        for present, lo, hi in self.terms.get(key, []):
            if hi and lo <= version <= hi:
                return present
        return self._in_major(key, version[0])

    def keys(self):
        return sorted(self.lines)

    def table(self, name):
        """{group: set of direct members} of a release ('252.39') or variant ('rhel8')."""
        version = parse_version(name)
        taken = {}
        if not version:
            version, taken = self.variants[name]
        groups = {}
        for key in self.keys():
            member = self._is_member(key, taken.get(key[0], version))
            for present, lo, hi in self.terms.get(key, []):
                if not hi and lo == name:
                    member = present
            if member:
                groups.setdefault(key[0], set()).add(key[1])
        return groups

    def versions(self):
        """Every version at which something changes, and every major version, oldest first."""
        all_of = {(major, 0) for major in self.majors}
        for terms in self.terms.values():
            for _, lo, hi in terms:
                if hi:
                    all_of.add(lo)
                    if hi[1] != OPEN and hi[1] < self.majors.get(lo[0], 0):
                        all_of.add((hi[0], hi[1] + 1))
        return sorted(all_of)

    def releases(self):
        """Names of all that is a table of its own, each variant behind the table of its base."""
        names = []
        versions = self.versions()
        for i, version in enumerate(versions):
            names.append(version_text(version))
            end = versions[i + 1] if i + 1 < len(versions) else (OPEN, 0)
            names += [v for v, (base, _) in self.variants.items() if version <= base < end]
        return names

    def check(self):
        """Raises Damage with everything that is wrong."""
        for name in [] if self.errors else self.releases():
            self._check_nesting(name, self.table(name))
        used = {member for _, member in self.lines}
        for name in sorted(self.calls - used):
            self.error('calls.txt', 0, f'{name} is a member of no group')
        if not self.majors or not self.lines:
            self.error('groups.tsv', 0, 'no data')
        if self.errors:
            raise Damage(list(dict.fromkeys(self.errors)))
        return self

    def _check_nesting(self, name, groups):
        nested = {group: sorted(m for m in members if m.startswith('@'))
                  for group, members in groups.items()}
        for group, members in nested.items():
            for member in members:
                if member not in groups:
                    self.error('groups.tsv', self.lines[group, member],
                               f'unknown member {member} of {group}: no such group in {name}')
        # Whatever cannot be finished once all that it holds is finished lies on a cycle or above.
        rest = dict(nested)
        while done := [g for g, members in rest.items() if not any(m in rest for m in members)]:
            for group in done:
                del rest[group]
        for group, members in rest.items():
            for member in members:
                if member in rest:
                    self.error('groups.tsv', self.lines[group, member],
                               f'cycle: {group} holds {member}, which leads back, in {name}')


def parse_listing(text):
    """{group: set of direct members} from what `systemd-analyze syscall-filter` prints."""
    groups = {}
    members = None
    for line in text.splitlines():
        if line.startswith('#'):
            break
        word = line.strip()
        if not word or word.startswith('#'):
            continue
        if not line[0].isspace():
            if not GROUP.fullmatch(word):
                raise ValueError(f'not a group: {word!r}')
            members = groups.setdefault(word, set())
        elif members is None or not (GROUP.fullmatch(word) or CALL.fullmatch(word)):
            raise ValueError(f'not a member: {word!r}')
        else:
            members.add(word)
    if not groups:
        raise ValueError('no group in the listing')
    return groups


def encode(facts, variants):
    """Rows of groups.tsv from {version: table} and {variant: (base, taken, table)}."""
    versions = sorted(facts)
    majors = sorted({version[0] for version in versions})
    keys = {(g, m) for table in facts.values() for g, members in table.items() for m in members}
    keys |= {(g, m) for _, _, table in variants.values() for g, ms in table.items() for m in ms}
    rows = []
    for group, member in sorted(keys):
        def at(version):
            return member in facts[version].get(group, ())

        def near(version):
            return at(max(v for v in versions if v <= version))
        spans, terms = _spans(majors, at), []
        for major in majors:
            terms += _terms(major, [v for v in versions if v[0] == major], at)
        for name, (base, taken, table) in variants.items():
            present = member in table.get(group, ())
            if present != near(taken.get(group, base)):
                terms.append(('+' if present else '!') + name)
        text = ' '.join(terms) or '-'
        spans = spans or [('-', '-')]
        for span in spans:
            lo, hi = span
            last = '-' if hi == majors[-1] else hi
            differs = text if span is spans[-1] else '-'
            rows.append(f'{group}\t{member}\t{lo}\t{last}\t{differs}')
    return rows


def _spans(majors, at):
    spans = []
    for major in majors:
        if at((major, 0)):
            if spans and spans[-1][1] == major - 1:
                spans[-1][1] = major
            else:
                spans.append([major, major])
    return spans


def _terms(major, versions, at):
    """Words for the point releases that differ from the major version's first release."""
    normal = at((major, 0))
    sign = '!' if normal else '+'
    words, start = [], None
    for version in versions:
        if at(version) != normal and start is None:
            start = version
        elif at(version) == normal and start is not None:
            words.append(f'{sign}{version_text(start)}-{major}.{version[1] - 1}')
            start = None
    if start is not None:
        words.append(f'{sign}{version_text(start)}-')
    return words
