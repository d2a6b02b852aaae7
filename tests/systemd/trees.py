# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trees of units to ask a real systemd about: {path: text}, where "-> X" is a link to X."""

import random

ETC, RUN, LIB = "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"
DIRECTORIES = (ETC, RUN, LIB)
UNIT = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
DROPIN = "[Unit]\nDescription=x\n"
# Of every unit, so it is in each tree.
FOR_ALL = {f"{LIB}/service.d/50-all.conf": DROPIN, f"{LIB}/service.d/60-all.conf": DROPIN,
           f"{ETC}/service.d/60-all.conf": "-> /dev/null"}  # fmt: skip
INSTANCES = ("x", "y")


class Tree:
    """Its units are called by its own prefix, so that many trees can lie in one root."""

    def __init__(self, prefix, files):
        self.prefix = prefix
        self.files = files
        self.names = []  # to ask for

    def describe(self):
        return "\n".join(f"{path} {text}" if text.startswith("->") else path
                         for path, text in sorted(self.files.items()))  # fmt: skip


def hand_made(prefix):
    """Each kind of link by itself; names to ask for are those in the directories."""
    a, b = f"{prefix}a", f"{prefix}b"
    unit, alias, template, other = f"{a}.service", f"{b}.service", f"{a}@.service", f"{b}@.service"
    x, bx, cx = f"{a}@x.service", f"{b}@x.service", f"{prefix}c@x.service"
    kinds = [
        {f"{LIB}/{unit}": UNIT, f"{LIB}/sub/{unit}": UNIT,
         f"{ETC}/{alias}": f"-> {LIB}/sub/{unit}"},
        {f"{LIB}/sub/{unit}": UNIT, f"{ETC}/{alias}": f"-> {LIB}/sub/{unit}"},
        {f"{LIB}/sub/{unit}": UNIT, f"{ETC}/{unit}": f"-> {LIB}/sub/{unit}",
         f"{RUN}/{unit}": UNIT},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /usr/lib/systemd/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /lib/systemd/system/{unit}"},
        {f"{LIB}/{unit}": UNIT,
         f"{ETC}/{alias}": f"-> ../../../lib/systemd/../systemd/system/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /run/systemd/generator.late/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /run/systemd/generator.early/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /etc/systemd/system.attached/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /usr/local/lib/systemd/system/{unit}"},
        {f"{LIB}/{unit}": UNIT,
         f"{ETC}/{alias}": f"-> /nowhere/../usr/lib/systemd/system/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /opt/{prefix}",
         f"/opt/{prefix}": f"-> {LIB}/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /opt/{prefix}",
         f"/opt/{prefix}": "-> /dev/null"},
        {f"/opt/{prefix}/{unit}": UNIT, f"{ETC}/{alias}": f"-> /opt/{prefix}/{unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{unit}": "-> /dev/null", f"{ETC}/{alias}": f"-> {unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{unit}": "", f"{ETC}/{alias}": f"-> {unit}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": "-> ."},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> {LIB}"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{unit}": "-> /nowhere"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{alias}": f"-> {a}.socket"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{a}.mount": f"-> {b}.mount", f"{LIB}/{b}.mount":
         f"[Mount]\nWhat=tmpfs\nWhere=/{b}\n"},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{unit}/x": "", f"{ETC}/{alias}": f"-> {unit}"},
        {f"{LIB}/{template}": UNIT, f"{ETC}/{x}": f"-> {template}",
         f"{LIB}/{x}.d/a.conf": DROPIN},
        {f"{LIB}/{template}": UNIT, f"{ETC}/{bx}": f"-> {template}",
         f"{LIB}/{bx}.d/b.conf": DROPIN,
         f"{LIB}/{x}.d/a.conf": DROPIN},
        {f"{LIB}/{template}": UNIT, f"{ETC}/{bx}": f"-> {template}", f"{ETC}/{cx}": f"-> {bx}",
         f"{LIB}/{bx}.d/b.conf": DROPIN, f"{LIB}/{x}.d/a.conf": DROPIN,
         f"{LIB}/{cx}.d/c.conf": DROPIN},
        {f"{LIB}/{template}": UNIT, f"{ETC}/{other}": f"-> {template}", f"{LIB}/{bx}": UNIT,
         f"{LIB}/{bx}.d/b.conf": DROPIN, f"{LIB}/{x}.d/a.conf": DROPIN},
        {f"{LIB}/{x}": UNIT, f"{ETC}/{bx}": f"-> {x}", f"{LIB}/{bx}.d/b.conf": DROPIN},
        {f"{LIB}/{template}": UNIT, f"{ETC}/{bx}": f"-> {x}", f"{LIB}/{bx}.d/b.conf": DROPIN},
        {f"{LIB}/{unit}": UNIT, f"{ETC}/{x}": f"-> {unit}",
         f"{ETC}/{bx}": f"-> {prefix}a@y.service"},
    ]  # fmt: skip
    chain = {f"{LIB}/{prefix}{i}.service": f"-> {prefix}{i + 1}.service" for i in range(9)}
    kinds.append({**chain, f"{LIB}/{prefix}9.service": UNIT,
                  f"{ETC}/{prefix}9.service.d/a.conf": DROPIN})  # fmt: skip
    kinds.append({f"{LIB}/{unit}.d/a.conf": DROPIN, f"{LIB}/{prefix}-.service.d/a.conf": DROPIN,
                  f"{LIB}/{prefix}-b.service": UNIT, f"{ETC}/{unit}": f"-> {prefix}-b.service"})  # fmt: skip
    return kinds


class Maker:
    """A random tree."""

    def __init__(self, prefix, rng):
        self.tree = Tree(prefix, {})
        self.rng = rng
        self.type = rng.choice(["service"] * 9 + ["socket"])
        stems = [prefix + "a", prefix + "b", prefix + "a-c", prefix + "a-c-d"]
        self.stems = rng.sample(stems, rng.randint(2, len(stems)))

    def name(self, kind=None):
        """Of a unit, template or instance."""
        kind = kind or self.rng.choice(["", "", "@"] + [f"@{i}" for i in INSTANCES])
        return f"{self.rng.choice(self.stems)}{kind.strip(' ')}.{self.type}"

    def like(self, name):
        """A name that may be an alias's target; now and then one that may not."""
        if self.rng.random() < 0.1:
            return self.name()
        kind = name[name.find("@"):name.rfind(".")] if "@" in name else " "
        if len(kind) > 1 and self.rng.random() < 0.3:
            kind = "@"
        return self.name(kind)

    def target(self, name):
        rng = self.rng
        other = self.like(name)
        return rng.choice([
            other, other, other, f"{rng.choice(DIRECTORIES)}/{other}", f"./{other}",
            f"{rng.choice(DIRECTORIES)}/sub/{other}", f"../../systemd/system/{other}",
            f"/lib/systemd/system/{other}", "/dev/null", f"/opt/{self.tree.prefix}/{other}",
        ])  # fmt: skip

    def add_unit(self):
        name = self.name()
        path = f"{self.rng.choice(DIRECTORIES)}/{name}"
        chance = self.rng.random()
        if chance < 0.45:
            self.tree.files[path] = self.text()
        elif chance < 0.97:
            self.tree.files[path] = f"-> {self.target(name)}"
        else:
            self.tree.files[path] = ""

    def text(self):
        return UNIT if self.type == "service" else "[Socket]\nListenStream=9\nAccept=yes\n"

    def add_dropin(self):
        name, rng = self.name(), self.rng
        stem = name[len(self.tree.prefix):name.find("@") if "@" in name else name.rfind(".")]
        if "-" in stem and rng.random() < 0.4:
            # Of a prefix, whose drop-ins may have any name.
            stem = stem[:stem.rfind("-") + 1]
            name = f"{self.tree.prefix}{stem}{name[len(self.tree.prefix) + len(stem) + 1:]}"
        # Drop-ins of one name in the directories of two aliases come in an order that systemd
        # leaves to chance.
        file = f"{rng.randint(1, 3)}0-{stem}.conf"
        text = rng.choice([DROPIN] * 6 + ["-> /dev/null", "-> /nowhere", ""])
        self.tree.files[f"{rng.choice(DIRECTORIES)}/{name}.d/{file}"] = text

    def make(self):
        for _ in range(self.rng.randint(2, 7)):
            self.add_unit()
        for _ in range(self.rng.randint(0, 8)):
            self.add_dropin()
        if self.rng.random() < 0.5:
            self.tree.files[f"/opt/{self.tree.prefix}/{self.name()}"] = self.text()
        kinds = ["", *(f"@{i}" for i in INSTANCES)]
        self.tree.names = [f"{stem}{kind}.{self.type}" for stem in self.stems for kind in kinds]
        return self.tree


def make_trees(seed, n):
    trees = []
    for i, files in enumerate(hand_made("PREFIX")):
        prefix = f"h{i}"
        tree = Tree(prefix, {path.replace("PREFIX", prefix): text.replace("PREFIX", prefix)
                             for path, text in files.items()})  # fmt: skip
        names = {path.split("/")[5 if path.startswith(LIB) else 4] for path in tree.files
                 if path.startswith(DIRECTORIES)}  # fmt: skip
        names = {name.removesuffix(".d") for name in names if name.count(".")}
        names |= {name.replace("@.", "@x.") for name in names}
        tree.names = sorted(name for name in names if "@." not in name and "-." not in name)
        trees.append(tree)
    for i in range(n):
        trees.append(Maker(f"t{i}", random.Random(f"{seed} {i}")).make())
    return trees
