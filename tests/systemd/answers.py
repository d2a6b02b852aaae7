# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the loads share: who logs in, how long an answer may take, and how one is held to be right."""

import concurrent.futures
import os

USER, PASSWORD = "tester", "correct-horse"
SECONDS = float(os.environ.get("ANSWER_SECONDS", "20"))  # for any one answer


def expect(got, wanted, what):
    if got != wanted:
        raise RuntimeError(f"{what}: {shown(got)} instead of {shown(wanted)}")


def shown(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:300]} ... {text[-300:]} ({len(text)} long)"


def in_parallel(function, count, workers=6):
    """Calls it with 0, 1, ... each."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(function, i) for i in range(count)]:
            done.result()


def is_refused(function, error):
    try:
        function()
    except error:
        return True
    return False
