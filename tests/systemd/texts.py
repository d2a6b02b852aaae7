# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts to ask a real systemd about: [Service] lines of a fragment and of its drop-ins."""

import random

# Each rule of systemd.exec(5) and of its sources at work, where the unit tests' cases lack it.
HAND_MADE = {
    "nothing": [""],
    "only an errno": ["SystemCallErrorNumber=EPERM"],
    "the usual advice": [
        "SystemCallFilter=@system-service\n"
        "SystemCallFilter=~@privileged @resources @mount @swap @reboot"
    ],
    "what sysprofile writes": [
        "SystemCallFilter=@basic-io",
        "SystemCallArchitectures=\nSystemCallArchitectures=native\nSystemCallFilter=\n"
        "SystemCallFilter=@system-service\nSystemCallFilter=~@aio @privileged @resources @sync\n"
        "SystemCallFilter=setgroups setuid\nSystemCallErrorNumber=EPERM",
    ],
    "a deny-list of it": [
        "SystemCallFilter=\nSystemCallFilter=~@clock @debug @module\nSystemCallErrorNumber=EPERM"
    ],
    "a log of it": ["SystemCallLog=~@system-service"],
    "errno of a deny-list": ["SystemCallFilter=~@mount\nSystemCallErrorNumber=ENOSYS"],
    "errno of an allow-list": ["SystemCallFilter=@system-service\nSystemCallErrorNumber=EACCES"],
    "an errno for each word": ["SystemCallFilter=~@mount:EACCES @swap:5 reboot:kill chroot:ENOSYS"],
    "errnos in an allow-list": [
        "SystemCallFilter=@system-service\nSystemCallFilter=~@resources:ENOSYS chown:EINVAL\n"
        "SystemCallErrorNumber=EPERM"
    ],
    "kill in an allow-list with an errno": [
        "SystemCallFilter=@system-service\nSystemCallFilter=~ptrace:kill mount:kill\n"
        "SystemCallErrorNumber=EPERM"
    ],
    "success without doing it": ["SystemCallFilter=~sync:0 fsync:0"],
    "the errno is the default one": [
        "SystemCallFilter=@system-service\nSystemCallFilter=~mount:EPERM\n"
        "SystemCallErrorNumber=EPERM"
    ],
    "an errno that libseccomp does not take": ["SystemCallFilter=~mount:4095"],
    "an errno of a call without a number here": ["SystemCallFilter=~socketcall:EACCES mount:ENOSYS"],
    "the last one counts": ["SystemCallFilter=~mount:1 mount:2 @mount:3 mount:kill mount:5"],
    "kill after an errno": ["SystemCallErrorNumber=EPERM\nSystemCallErrorNumber=kill\n"
                            "SystemCallFilter=~mount"],
    "an empty errno": ["SystemCallErrorNumber=EPERM\nSystemCallErrorNumber=\n"
                       "SystemCallFilter=~mount"],
    "not an errno": ["SystemCallErrorNumber=EPERM\nSystemCallErrorNumber=EWHAT\n"
                     "SystemCallErrorNumber=0\nSystemCallErrorNumber=9999\nSystemCallFilter=~mount"],
    "native": ["SystemCallArchitectures=native"],
    "native and x86": ["SystemCallArchitectures=native x86\nSystemCallFilter=~@mount"],
    "x32 without native": ["SystemCallArchitectures=x32\nSystemCallFilter=~@mount"],
    "all of them": ["SystemCallArchitectures=x86-64 x86 x32\nSystemCallFilter=@system-service"],
    "a foreign one": ["SystemCallArchitectures=arm\nSystemCallFilter=@system-service"],
    "architectures are forgotten": [
        "SystemCallArchitectures=native\nSystemCallFilter=~@swap", "SystemCallArchitectures="
    ],
    "unknown architecture": ["SystemCallArchitectures=pdp11"],
    "native with an errno": [
        "SystemCallArchitectures=native\nSystemCallFilter=@system-service\n"
        "SystemCallErrorNumber=EPERM"
    ],
    "log some": ["SystemCallLog=@mount reboot"],
    "log all but": ["SystemCallLog=~@default @basic-io"],
    "log under a filter": [
        "SystemCallLog=~@system-service\nSystemCallFilter=~@mount\nSystemCallErrorNumber=EPERM"
    ],
    "log twice": ["SystemCallLog=@mount\nSystemCallLog=~umount2 @swap\nSystemCallLog=@reboot"],
    "log is forgotten": ["SystemCallLog=@mount\nSystemCallLog="],
    "log with an errno": ["SystemCallLog=mount:EPERM @swap:kill reboot"],
    "log and native": ["SystemCallLog=~read\nSystemCallArchitectures=native"],
    "a drop-in resets": ["SystemCallFilter=~@mount", "SystemCallFilter=\nSystemCallFilter=@basic-io"],
    "a drop-in widens": ["SystemCallFilter=@basic-io", "SystemCallFilter=@network-io"],
    "a drop-in takes away": ["SystemCallFilter=@system-service", "SystemCallFilter=~@sync @timer"],
    "drop-ins by name": ["SystemCallFilter=~@mount", "SystemCallFilter=mount",
                         "SystemCallFilter=~mount:EACCES"],
    "unknown words": ["SystemCallFilter=read no_such_call @no-such-group 17 READ \"write\" close,"],
    "unknown denied": ["SystemCallFilter=~no_such_call @no-such-group"],
    "a tilde in the middle": ["SystemCallFilter=@basic-io ~write ~ read"],
    "a tilde apart": ["SystemCallFilter=~ @mount read"],
    "two tildes": ["SystemCallFilter=~~mount @swap"],
    "a continued line": ["SystemCallFilter=@basic-io \\\n  @network-io \\\n# a remark\n  setuid"],
    "a continued denial": ["SystemCallFilter=~@mount \\\n  ~@swap \\\n  @reboot"],
    "white space": ["  SystemCallFilter =\t ~@mount\t\tread  "],
    "other sections": ["[Unit]\nSystemCallFilter=~read\n[Install]\nSystemCallFilter=~write"],
    "an allow-list without its start": ["SystemCallFilter=@basic-io\nSystemCallFilter=~@default"],
    "an allow-list without execve": ["SystemCallFilter=@system-service\nSystemCallFilter=~execve"],
    "execve with an errno": ["SystemCallFilter=@system-service\nSystemCallFilter=~execve:EACCES"],
    "no pause": ["SystemCallFilter=@basic-io\nSystemCallErrorNumber=EPERM"],
    "pause denied": ["SystemCallFilter=~pause"],
    "pause with an errno": ["SystemCallFilter=~pause:ENOSYS"],
    "write denied": ["SystemCallFilter=~write"],
    "write taken away": ["SystemCallFilter=@system-service\nSystemCallFilter=~write"],
    "write with an errno": ["SystemCallFilter=@system-service\nSystemCallFilter=~write:EPERM"],
    "write denied with an errno": ["SystemCallFilter=~write:EPERM"],
    "everything known": ["SystemCallFilter=@known"],
    "nothing known": ["SystemCallFilter=~@known\nSystemCallErrorNumber=EPERM"],
    "calls of 32 bits": ["SystemCallFilter=socketcall ipc stat64 _llseek mmap2 clock_gettime64 futex"],
    "calls of 32 bits denied": ["SystemCallFilter=~socketcall ipc stat64 _llseek clock_gettime64"],
    "calls of other machines": ["SystemCallFilter=~s390_runtime_instr arm_fadvise64_64 cacheflush"],
    "new calls": ["SystemCallFilter=mseal listmount futex_wake getxattrat open_tree_attr cachestat"],
    "new calls denied": ["SystemCallFilter=~mseal listmount futex_wake getxattrat cachestat map_shadow_stack"],
}

NAMES = """
read write open openat close execve execveat pause mount umount2 chown setuid setgroups ptrace clone
clone3 fork vfork socket bind connect sendto getpid gettid futex poll ppoll epoll_wait io_uring_setup
bpf reboot swapon kexec_load init_module iopl personality sched_setaffinity nice setpriority keyctl
socketcall ipc stat64 fstat64 _llseek mmap2 vm86 clock_gettime64 s390_pci_mmio_read uselib mseal
futex_wake fchmodat2 listmount set_mempolicy_home_node pidfd_open times close_range exit_group
""".split()
ERRNOS = "EPERM EACCES ENOSYS EINVAL kill 0 1 38 4094 ENOTSUP EWHAT 4096 -1".split()
ARCHITECTURES = "native x86 x32 x86-64 arm arm64 s390x pdp11".split()


class Generator:
    """The same texts for the same seed and groups."""

    def __init__(self, groups, seed):
        self.groups = sorted(groups)
        self.draw = random.Random(seed)

    def word(self, errno_share):
        draw = self.draw
        kind = draw.random()
        if kind < 0.45:
            word = draw.choice(self.groups)
        elif kind < 0.94:
            word = draw.choice(NAMES)
        else:
            word = draw.choice(["@no-such-group", "no_such_call", "Read", "3", "~write", "read,"])
        if draw.random() < errno_share:
            word += ":" + draw.choice(ERRNOS)
        return word

    def words(self, errno_share):
        return " ".join(self.word(errno_share) for _ in range(self.draw.randint(1, 6)))

    def filter_line(self):
        if self.draw.random() < 0.08:
            return "SystemCallFilter="
        if self.draw.random() < 0.45:
            return "SystemCallFilter=~" + self.words(0.25)
        return "SystemCallFilter=" + self.words(0.03)

    def lines(self):
        draw = self.draw
        lines = [self.filter_line() for _ in range(draw.randint(1, 5))]
        if draw.random() < 0.5:
            lines.append("SystemCallErrorNumber=" + draw.choice(["", *ERRNOS]))
        while draw.random() < 0.3:
            count = draw.randint(0, 3)
            lines.append("SystemCallArchitectures=" + " ".join(draw.sample(ARCHITECTURES, count)))
        while draw.random() < 0.25:
            lines.append("SystemCallLog=" + draw.choice(["", "~"]) + self.words(0.02))
        draw.shuffle(lines)
        return lines

    def text(self):
        """A fragment and up to two drop-ins."""
        lines = self.lines()
        texts = [[] for _ in range(self.draw.choice([1, 1, 2, 3]))]
        for line in lines:
            self.draw.choice(texts).append(line)
        return ["\n".join(part) for part in texts]
