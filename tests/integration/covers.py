#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The words for recorded sets of real daemons: proven to be the cheapest, and judged by others. TAP.

tests/fixtures/covers.json holds the prices that the program has, what each daemon was seen to
call, and for releases and styles what the cheapest text costs and how many words it has: the
certificate; "default" is the text that is written when nothing is asked for, families and all. The
text that is found now must cost that and prove it, and allow what is needed. The second judge is
an integer program, written here from systemd.exec(5) and solved by glpsol (GLPK) where it closes
in time; it knows nothing of how the search goes about it.

--write FILE... makes the certificates anew from files of names, such as -f names writes.
"""

import json
import os
import random
import re
import shutil
import sys

import harness
from harness import BUILD, SYSPROFILE, Tap, run

SOURCE = os.environ.get("SYSPROFILE_SOURCE") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..")
)
FIXTURE = os.path.join(SOURCE, "tests", "fixtures", "covers.json")
COVER_TEXT = os.path.join(BUILD, "tests", "tools", "cover-text")
RELEASES = ("239", "252.39", "257")
STYLES = {
    "default": ["--headroom"],
    "groups": ["--style=groups"],
    "exact": ["--style=exact"],
    "deny": ["--style=deny"],
}
ORACLE_SECONDS = 10
FORBIDDEN = 10**6
tap = Tap()


def shipped_prices():
    """{tier: price} of the table of risks, and of "a word"."""
    text = run([COVER_TEXT, "--tier=list"]).stdout.decode()
    return {name: int(price) for name, price in re.findall(r"^(a word|[\w-]+) +(\d+)  ", text, re.M)}


PRICES = shipped_prices()
WORD = PRICES["a word"]


def ask(names, release, *options):
    """What cover-text says, as a dictionary."""
    result = run([COVER_TEXT, f"--systemd={release}", *options], stdin=" ".join(names).encode())
    if result.status != 0:
        raise RuntimeError(repr(result))
    return json.loads(result.stdout)


# --- certificates ---


def certificate(text):
    return {"cost": text["cost"], "words": text["words"]}


def read_names(path):
    with open(path, encoding="utf-8") as f:
        return [line.strip() for line in f if line.strip() and not line.startswith("#")]


def write_fixture(paths):
    sets = {}
    for path in sorted(paths):
        names = read_names(path)
        sets[os.path.basename(path)] = {
            "needed": " ".join(names),
            "least": {
                f"{style} {release}": certificate(ask(names, release, *options))
                for style, options in STYLES.items()
                for release in RELEASES
            },
        }
    with open(FIXTURE, "w", encoding="utf-8") as f:
        json.dump({"prices": PRICES, "sets": sets}, f, indent=1)
        f.write("\n")


def check_certificate(name, entry):
    needed = entry["needed"].split()
    for key, wanted in entry["least"].items():
        style, release = key.split()
        text = ask(needed, release, *STYLES[style])
        lacking = set(call for call in needed if ":" not in call) - set(text["calls"])
        tap.ok(text["proven"] and text["bound"] == text["cost"], f"{name}: {key} is proven", text)
        tap.same(certificate(text), wanted, f"{name}: {key} costs what it did")
        tap.ok(not lacking, f"{name}: {key} allows what is needed", lacking)


# --- the integer program ---


class Program:
    """Minimise a sum of binary variables under linear constraints, in CPLEX's LP format."""

    def __init__(self):
        self.prices, self.rows = {}, []

    def variable(self, name, price):
        self.prices[name] = self.prices.get(name, 0) + price
        return name

    def at_least(self, wanted, plus, minus=()):
        terms = [f"+ {v}" for v in plus] + [f"- {v}" for v in minus]
        self.rows.append(f" {' '.join(terms)} >= {wanted}")

    def text(self):
        costs = "\n ".join(f"+ {price} {v}" for v, price in self.prices.items() if price)
        return (f"Minimize\n cost: {costs}\nSubject To\n" + "\n".join(self.rows)
                + "\nBinary\n " + "\n ".join(self.prices) + "\nEnd\n")


def atoms_of(problem, exact):
    """Calls in the same groups at the same price, as one: {(groups, needed, implicit, price): n}."""
    implicit = set(problem["groups"]["@default"])
    needed = set(problem["needed"]) | implicit
    atoms = {}
    for call, tier in problem["tiers"].items():
        price = PRICES[tier]
        if exact and tier != "none":
            price = FORBIDDEN
        if call in needed:
            price = 0
        elif price == 0:
            continue
        groups = frozenset(g for g, members in problem["groups"].items() if call in members)
        key = (groups, call in needed, call in implicit, price)
        atoms[key] = atoms.get(key, 0) + 1
    return atoms


def program_of(problem, exact):
    """Lines 1 to 3 of each group and name; what the last line says of a call holds."""
    program = Program()
    words = [g for g in problem["groups"] if exact or g != "@known"]
    variables = {
        (g, line): program.variable(f"w{i}_{line}", WORD)
        for i, g in enumerate(words)
        for line in (1, 2, 3)
    }
    for i, (key, n) in enumerate(atoms_of(problem, exact).items()):
        groups, needed, implicit, price = key
        on = {line: [variables[g, line] for g in words if g in groups] for line in (1, 2, 3)}
        if needed:
            name = program.variable(f"n{i}", n * WORD)
            if not implicit:
                program.at_least(1, on[1] + on[3] + [name])
            for denied in on[2]:
                program.at_least(0, on[3] + [name], [denied])
        else:
            name = program.variable(f"d{i}", n * WORD)
            passes = program.variable(f"p{i}", n * price)
            for allowed in on[1]:
                program.at_least(0, [passes, name] + on[2], [allowed])
            for allowed in on[3]:
                program.at_least(0, [passes], [allowed])
    return program.text()


def program_of_deny(problem):
    """Words, groups that are not needed or single names, that cover all calls of such groups."""
    program = Program()
    needed = set(problem["needed"])
    untouched = {g: calls for g, calls in problem["groups"].items() if not needed & set(calls)}
    for i, g in enumerate(untouched):
        program.variable(f"w{i}", WORD)
    for call in sorted(set().union(*untouched.values())):
        holders = [f"w{i}" for i, g in enumerate(untouched) if call in untouched[g]]
        program.at_least(1, holders + [program.variable(f"n_{call}", WORD)])
    return program.text()


def solve(text):
    """The least cost, or None where it does not close."""
    directory = harness.make_directory()
    path, report = os.path.join(directory, "p.lp"), os.path.join(directory, "p.out")
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    result = run(["glpsol", "--lp", path, "--tmlim", str(ORACLE_SECONDS), "--cuts", "-w", report],
                 timeout=ORACLE_SECONDS * 6)
    if result.status != 0:
        raise RuntimeError(repr(result))
    with open(report, encoding="ascii") as f:
        for line in f:
            # s mip ROWS COLUMNS STATUS OBJECTIVE; "o" is a proven optimum.
            fields = line.split()
            if fields[:2] == ["s", "mip"]:
                return round(float(fields[5])) if fields[4] == "o" else None
    raise RuntimeError(repr(result))


def check_oracle(name, entry, release):
    """How many of them closed."""
    needed, closed = entry["needed"].split(), 0
    for style, options in STYLES.items():
        problem = ask(needed, release, "--problem", *options)
        deny = style == "deny"
        least = solve(program_of_deny(problem) if deny else program_of(problem, style == "exact"))
        if least is None:
            tap.note(f"{name}: {style} {release} did not close in {ORACLE_SECONDS} s")
            continue
        closed += 1
        wanted = entry["least"][f"{style} {release}"]["cost"]
        tap.same(least, wanted, f"{name}: no integer program is cheaper for {style} {release}")
    return closed


# --- where the search has to end before all is looked at ---


def tangled_listing():
    """What a systemd-analyze says that nobody has: seventy groups that all overlap."""
    real = run([SYSPROFILE, "groups", "--systemd=257", "@default"]).stdout.decode().split()
    calls = run([SYSPROFILE, "groups", "--systemd=257", "@known"]).stdout.decode().split()
    chance = random.Random(70)
    calls = [c for c in calls if c[0] != "@"]
    groups = {"@default": [c for c in real if c[0] != "@"], "@known": calls}
    for i in range(70):
        groups[f"@tangled{i:02}"] = sorted(chance.sample(calls, 60))
    return "".join(f"{g}\n" + "".join(f"    {c}\n" for c in members) + "\n"
                   for g, members in groups.items())


def check_gap():
    directory = harness.make_directory()
    program, output = os.path.join(directory, "systemd-analyze"), os.path.join(directory, "out")
    with open(os.path.join(directory, "listing"), "w", encoding="ascii") as f:
        f.write(tangled_listing())
    with open(program, "w", encoding="ascii") as f:
        f.write(f"#!/bin/sh\ncase \"$*\" in\n*--version*) echo 'systemd 257 (257)' ;;\n"
                f"*) cat {directory}/listing ;;\nesac\n")
    os.chmod(program, 0o755)
    environment = {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "LC_ALL": "C"}
    texts = []
    for form in ("json", "drop-in", "drop-in"):
        result = run([SYSPROFILE, "--no-progress", f"--format={form}", "-o", output, "--",
                      "/bin/true"], env=environment)  # fmt: skip
        if result.status != 0:
            tap.ok(False, f"a listing of tangled groups gives a {form}", result)
            return
        with open(output, encoding="utf-8") as f:
            texts.append(f.read())
        os.unlink(output)
    proof = json.loads(texts[0])["result"]
    tap.ok(proof["bound"] < proof["cost"] and not proof["proven"],
           "tangled groups: JSON tells the gap", proof)  # fmt: skip
    said = f"this one costs {proof['cost']}, and none less than {proof['bound']}"
    tap.ok(said in result.stderr.decode(), "tangled groups: the summary tells the same gap", result)
    words = [[line for line in text.splitlines() if line.startswith("SystemCallFilter=")]
             for text in texts[1:]]
    tap.ok(words[0] and words[0] == words[1], "tangled groups: the words are the same each time",
           words)  # fmt: skip


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--write":
        write_fixture(sys.argv[2:])
        return
    with open(FIXTURE, encoding="utf-8") as f:
        fixture = json.load(f)
    sets = fixture["sets"]
    tap.same(fixture["prices"], PRICES, "the certificates are for the prices that the program has")
    tap.ok(len(sets) >= 20, "there are twenty recorded sets", len(sets))
    for name, entry in sets.items():
        check_certificate(name, entry)
    check_gap()
    if not shutil.which("glpsol"):
        tap.skip("the integer programs", "glpsol (package glpk-utils) is not installed")
    else:
        tried = [(name, entry, release) for name, entry in sets.items() for release in RELEASES]
        closed = sum(check_oracle(*item) for item in tried)
        tap.same(closed, len(STYLES) * len(tried), "all integer programs closed")
    tap.finish()


if __name__ == "__main__":
    main()
