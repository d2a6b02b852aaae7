# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts with the other directives that make systemd load seccomp programs, alone and mixed."""

from texts import Generator

FAMILIES = "RestrictAddressFamilies="
NAMESPACES = "RestrictNamespaces="

# Those that take yes or no.
SWITCHES = """
RestrictRealtime RestrictSUIDSGID LockPersonality MemoryDenyWriteExecute ProtectClock
ProtectKernelModules ProtectKernelLogs ProtectKernelTunables ProtectHostname PrivateDevices
""".split()

HAND_MADE = {
    **{f"{name} alone": [f"{name}=yes"] for name in SWITCHES},
    **{f"{name} off again": [f"{name}=yes", f"{name}=no"] for name in SWITCHES},
    "DynamicUser alone": ["DynamicUser=yes"],
    "all of them": [
        "\n".join(f"{name}=yes" for name in SWITCHES) + f"\n{FAMILIES}AF_UNIX AF_INET\n"
        f"{NAMESPACES}yes\nSystemCallArchitectures=native"
    ],
    "all of them and a filter": [
        "\n".join(f"{name}=yes" for name in SWITCHES) + f"\n{FAMILIES}AF_UNIX\n{NAMESPACES}net\n"
        "SystemCallArchitectures=native x86\nSystemCallLog=@mount\n"
        "SystemCallFilter=@system-service\nSystemCallFilter=~@resources\nSystemCallErrorNumber=EACCES"
    ],
    "words for yes and no": [
        "ProtectClock=On\nProtectKernelLogs=1\nRestrictRealtime=t\nLockPersonality=Y\n"
        "ProtectHostname=perhaps\nProtectKernelModules=\nRestrictSUIDSGID=FALSE"
    ],
    "an errno that stands over another": [
        "ProtectClock=yes\nSystemCallFilter=~@clock\nSystemCallErrorNumber=ENOTSUP"
    ],
    "an errno in an allow-list over another": [
        "ProtectKernelModules=yes\nSystemCallFilter=@system-service @module\n"
        "SystemCallFilter=~init_module:ENOTSUP"
    ],
    "a death over an errno": ["ProtectClock=yes\nSystemCallFilter=~@clock"],
    "log under a refusal": ["ProtectClock=yes\nSystemCallLog=@clock personality\nLockPersonality=yes"],
    "openat2 and clone3 denied too": [
        f"RestrictSUIDSGID=yes\n{NAMESPACES}yes\nSystemCallFilter=~openat2:EACCES clone3:EPERM"
    ],
    "arguments under an allow-list with an errno": [
        f"LockPersonality=yes\n{FAMILIES}AF_INET\nSystemCallFilter=@basic-io pause\n"
        "SystemCallFilter=~personality\nSystemCallErrorNumber=EPERM"
    ],
    "x86 left out, with directives": [
        "MemoryDenyWriteExecute=yes\nLockPersonality=yes\nSystemCallArchitectures=x32"
    ],
    # RestrictAddressFamilies=
    "families": [f"{FAMILIES}AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
    "families denied": [f"{FAMILIES}~AF_PACKET AF_NETLINK"],
    "no family": [f"{FAMILIES}none"],
    "no family, then one denied": [f"{FAMILIES}none\n{FAMILIES}~AF_INET"],
    "no family, then one": [f"{FAMILIES}none", f"{FAMILIES}AF_INET"],
    "one denied, then none": [f"{FAMILIES}~AF_INET\n{FAMILIES}none"],
    "none in the middle": [f"{FAMILIES}AF_UNIX\n{FAMILIES}none\n{FAMILIES}~AF_UNIX AF_INET",
                           f"{FAMILIES}AF_UNIX"],
    "none, nothing denied": [f"{FAMILIES}none\n{FAMILIES}~"],
    "none among others": [f"{FAMILIES}AF_UNIX none"],
    "none in quotes": [f'{FAMILIES}"none"\n{FAMILIES}~AF_INET'],
    "families are forgotten": [f"{FAMILIES}AF_UNIX", FAMILIES],
    "all are taken away": [f"{FAMILIES}AF_UNIX AF_INET\n{FAMILIES}~AF_LOCAL AF_INET"],
    "all are un-denied": [f"{FAMILIES}~AF_UNIX\n{FAMILIES}AF_FILE"],
    "no such family": [f"{FAMILIES}AF_BOGUS PF_UNIX AF_UNSPEC 1"],
    "no such family denied": [f"{FAMILIES}~AF_BOGUS"],
    "families in quotes": [f"{FAMILIES}\"AF_UNIX\" 'AF_INET' AF_\"INET6\" A\\\\F_NETLINK"],
    "an open quote": [f'{FAMILIES}AF_UNIX "AF_INET AF_INET6'],
    "two families in one quote": [f'{FAMILIES}"AF_UNIX AF_INET" AF_INET6'],
    "families in small letters": [f"{FAMILIES}af_unix Af_Inet"],
    # RestrictNamespaces=
    "namespaces": [f"{NAMESPACES}net user"],
    "namespaces denied": [f"{NAMESPACES}~user"],
    "no namespace": [f"{NAMESPACES}yes"],
    "any namespace": [f"{NAMESPACES}yes\n{NAMESPACES}no"],
    "namespaces after all": [f"{NAMESPACES}yes\n{NAMESPACES}uts", f"{NAMESPACES}pid"],
    "namespaces taken away": [f"{NAMESPACES}net uts\n{NAMESPACES}~net uts"],
    "namespaces are forgotten": [f"{NAMESPACES}net", NAMESPACES],
    "no such namespace": [f"{NAMESPACES}net\n{NAMESPACES}pid nonsense"],
    "all namespaces by name": [f"{NAMESPACES}cgroup ipc net mnt pid user uts"],
    "namespaces denied, none": [f"{NAMESPACES}~"],
    "namespace of time": [f"{NAMESPACES}time"],
    "namespace of time denied": [f"{NAMESPACES}~time"],
    "namespaces with that of time": [f"{NAMESPACES}net time"],
    "that of time is left": [f"{NAMESPACES}net time\n{NAMESPACES}~net"],
    "namespaces in quotes": [f'{NAMESPACES}"net"'],
    "namespaces with a backslash": [f"{NAMESPACES}n\\\\et pid"],
    # The old entrances of i386: libseccomp makes rules for them of the names behind.
    "socket denied": ["SystemCallFilter=~socket"],
    "socket denied with an errno": ["SystemCallFilter=~socket:EACCES bind:ENOSYS recv:5"],
    "socket and its entrance denied": ["SystemCallFilter=~socketcall:ENOSYS socket:EACCES"],
    "the entrance alone": ["SystemCallFilter=socketcall ipc pause"],
    "what is behind alone": ["SystemCallFilter=socket bind shmat semop pause"],
    "what is behind, with errnos": [
        "SystemCallFilter=@system-service\nSystemCallFilter=~socketcall ipc\n"
        "SystemCallFilter=~socket:EACCES shmat:0\nSystemCallErrorNumber=EPERM"
    ],
    "the entrance has the default errno": [
        "SystemCallFilter=@system-service\nSystemCallFilter=~socketcall:EPERM\n"
        "SystemCallErrorNumber=EPERM"
    ],
    "what is behind is logged": ["SystemCallLog=socket shmget"],
    "all but what is behind is logged": ["SystemCallLog=~socket shmget"],
}

FAMILY_WORDS = """
AF_UNIX AF_LOCAL AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_VSOCK AF_CAN AF_BLUETOOTH AF_ALG af_unix
AF_UNSPEC AF_BOGUS none "AF_UNIX" 'AF_INET'
""".split()
NAMESPACE_WORDS = "cgroup ipc mnt net pid user uts time".split()


class DirectiveGenerator(Generator):
    """As its base, with other directives among the lines, and often without SystemCall*= ones."""

    def list_of(self, name, words, whole):
        draw = self.draw
        if draw.random() < 0.2:
            return name + draw.choice(whole)
        some = draw.sample(words, draw.randint(0, min(4, len(words))))
        return name + draw.choice(["", "", "~"]) + " ".join(some)

    def directive(self):
        draw = self.draw
        kind = draw.random()
        if kind < 0.25:
            return self.list_of(FAMILIES, FAMILY_WORDS, ["", "none", "none"])
        if kind < 0.45:
            return self.list_of(NAMESPACES, NAMESPACE_WORDS, ["", "yes", "no", "nonsense"])
        return f"{draw.choice(SWITCHES)}={draw.choice(['yes', 'yes', 'yes', 'no', 'perhaps'])}"

    def lines(self):
        draw = self.draw
        lines = super().lines() if draw.random() < 0.6 else []
        lines += [self.directive() for _ in range(draw.randint(1, 6))]
        draw.shuffle(lines)
        return lines
