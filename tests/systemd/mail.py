# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads for the servers of mail: loads.py runs them."""

import imaplib
import poplib
import smtplib
import ssl

from answers import PASSWORD, SECONDS, USER, expect, in_parallel, is_refused

# --- IMAP and POP ---


def message(subject):
    head = f"Subject: {subject}\r\nFrom: a@localhost\r\n\r\n"
    return (head + "".join(f"line {i} about {subject}\r\n" for i in range(200))).encode()


def bodies(client, which="1:*"):
    status, parts = client.fetch(which, "(FLAGS BODY[])")
    expect(status, "OK", "FETCH")
    return [part[1] for part in parts if isinstance(part, tuple)]


def ask(client, command, *words):
    """What it answers to a command that must succeed."""
    status, data = getattr(client, command)(*words)
    expect(status, "OK", f"{command} {words}")
    return data


def clear(client):
    if ask(client, "select", "INBOX") != [b"0"]:
        ask(client, "store", "1:*", "+FLAGS", "\\Deleted")
        ask(client, "expunge")
    expect(ask(client, "search", None, "ALL"), [b""], "an empty mailbox")


def mailboxes(client):
    return {line.split()[-1].strip(b'"') for line in ask(client, "list")}


def move_about(client):
    """A second mailbox comes, is copied to, and goes."""
    ask(client, "create", "Other")
    expect(b"Other" in mailboxes(client), True, "the new mailbox in the list")
    ask(client, "copy", "2", "Other")
    expect(ask(client, "select", "Other"), [b"1"], "how many were copied")
    expect(bodies(client), [message("again")], "what was copied")
    ask(client, "select", "INBOX")
    ask(client, "delete", "Other")
    expect(b"Other" in mailboxes(client), False, "the deleted mailbox in the list")
    expect(client.select("Missing")[0], "NO", "SELECT of nothing")


def imap(client):
    client.login(USER, PASSWORD)
    clear(client)
    for subject in ("hello", "again"):
        ask(client, "append", "INBOX", None, None, message(subject))
    client.noop()
    expect(ask(client, "select", "INBOX"), [b"2"], "how many were appended")
    expect(bodies(client), [message("hello"), message("again")], "FETCH")
    expect(ask(client, "search", None, "SUBJECT", "again"), [b"2"], "SEARCH SUBJECT")
    expect(ask(client, "search", None, "BODY", '"199 about"'), [b"1 2"], "SEARCH BODY")
    expect(ask(client, "search", None, "BODY", "nowhere"), [b""], "SEARCH of nothing")
    move_about(client)
    ask(client, "select", "INBOX")
    flags = ask(client, "store", "1", "+FLAGS", "(\\Deleted \\Flagged)")[0]
    expect((b"\\Deleted" in flags, b"\\Flagged" in flags), (True, True), "STORE")
    expect(ask(client, "search", None, "FLAGGED"), [b"1"], "SEARCH FLAGGED")
    expect(ask(client, "expunge"), [b"1"], "EXPUNGE")
    expect(bodies(client), [message("again")], "what is left")
    client.logout()


def plain_imap():
    return imaplib.IMAP4("127.0.0.1", timeout=SECONDS)


def pop():
    client = poplib.POP3("127.0.0.1", timeout=SECONDS)
    client.user(USER)
    expect(is_refused(lambda: client.pass_("wrong"), poplib.error_proto), True, "wrong login")
    client = poplib.POP3("127.0.0.1", timeout=SECONDS)
    client.user(USER)
    client.pass_(PASSWORD)
    expect(client.stat(), (1, len(message("again"))), "STAT")
    expect(b"\r\n".join(client.retr(1)[1]) + b"\r\n", message("again"), "RETR")
    expect(is_refused(lambda: client.retr(2), poplib.error_proto), True, "RETR of nothing")
    client.quit()


def dovecot():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    client = plain_imap()
    refused = is_refused(lambda: client.login(USER, "wrong"), imaplib.IMAP4.error)
    expect(refused, True, "wrong login")
    imap(client)
    imap(imaplib.IMAP4_SSL("127.0.0.1", ssl_context=context, timeout=SECONDS))
    pop()


def dovecot_kept():
    client = plain_imap()
    client.login(USER, PASSWORD)
    expect(ask(client, "select", "INBOX"), [b"1"], "how many were kept")
    expect(bodies(client), [message("again")], "what was kept")
    client.logout()


# --- SMTP ---

MAILS = 10


def mail_text(number):
    """The first is a large one."""
    return f"line of message {number}\n" * (500 if number else 10000)


def mail_client(number):
    """The last goes to an alias."""
    recipient = "postmaster" if number == MAILS - 1 else USER
    with smtplib.SMTP("127.0.0.1", timeout=SECONDS) as client:
        client.ehlo("client.localhost")
        text = f"Subject: hello\n\n{mail_text(number)}"
        client.sendmail("a@localhost", [f"{recipient}@localhost"], text)


def opensmtpd():
    with smtplib.SMTP("127.0.0.1", timeout=SECONDS) as client:
        client.ehlo("client.localhost")
        expect(client.docmd("NONSENSE")[0], 500, "nonsense")
        expect(client.mail("a@localhost")[0], 250, "MAIL")
        expect(client.rcpt("no-such-user@localhost")[0], 550, "RCPT of nobody")
        expect(client.rcpt(f"{USER}@localhost")[0], 250, "RCPT")
        client.rset()
    in_parallel(mail_client, MAILS)
