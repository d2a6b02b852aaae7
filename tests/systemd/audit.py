# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's records of what seccomp killed in a machine."""

import re
import socket
import struct

from machine import LOGINUID


class Audit:
    """The kernel's audit records from now on: what seccomp killed.

    The kernel's log has them too, but drops most when there are many; here a loss is told.
    """

    NETLINK_AUDIT = 9
    READLOG = 1  # the multicast group, as a bit
    SECCOMP = 1326  # AUDIT_SECCOMP
    SO_RCVBUFFORCE = 33

    def __init__(self, m):
        self.machine = m
        with open(f"/proc/{m.pid}/loginuid", encoding="ascii") as f:
            self.is_marked = f.read().strip() == str(m.loginuid)
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, self.NETLINK_AUDIT)
        self.socket.setsockopt(socket.SOL_SOCKET, self.SO_RCVBUFFORCE, 8 << 20)
        self.socket.bind((0, self.READLOG))
        self.socket.settimeout(0.3)

    def deaths(self, programs):
        """Records about these programs, below this machine as far as its login uid tells."""
        found = []
        while True:
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                break
            except OSError as e:
                found.append(f"records were lost: {e.strerror}")
                break
            kind = struct.unpack_from("=H", data, 4)[0]
            text = data[16:].decode(errors="replace")
            if kind != self.SECCOMP or " sig=31 " not in text:
                continue
            exe = re.search(r' auid=(\d+) .* exe="([^"]*)" ', text)
            if not exe:
                found.append(f"a death that cannot be read: {text}")
            elif exe[2] in programs and not self.is_elsewhere(int(exe[1])):
                found.append(text)
        self.socket.close()
        return found

    def is_elsewhere(self, uid):
        """No user's, and not the machine's: of another machine, or of the host, which has none."""
        return self.is_marked and uid >= LOGINUID and uid != self.machine.loginuid
