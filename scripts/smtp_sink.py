"""A real SMTP server for the tests: prints a line of JSON for each message it takes, until its input is closed.

    smtp_sink.py [--busy N] [--slow SECONDS] [--port PORT] [--spool FILE]

The first line is its port. An address that begins with `reject` is refused for good (550), the first N messages for
now (451). Messages are told apart by their Message-ID, as a mail store does: `again` says that it came before. With a
spool it remembers over its own death: each message is on disk before it is told and answered.
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import sys

from aiosmtpd.controller import Controller


def content(mail: email.message.EmailMessage, kind: str) -> str | None:
    body = mail.get_body((kind,))
    return body.get_content() if body else None


class Sink:
    def __init__(self, busy: int, slow: float, spool: str | None) -> None:
        self.busy = busy
        self.slow = slow
        self.seen: set[str] = set()
        self.spool = None
        if spool:
            self.spool = open(spool, "a+", encoding="utf-8")
            self.spool.seek(0)
            self.seen = {line.strip() for line in self.spool if line.endswith("\n")}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("reject"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.slow)
        if self.busy > 0:
            self.busy -= 1
            print(json.dumps({"refused": envelope.rcpt_tos}), flush=True)
            return "451 try again later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {
            "id": mail["message-id"],
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "subject": mail["subject"],
            "text": content(mail, "plain"),
            "page": content(mail, "html"),
            "pictures": [
                {"id": part["content-id"], "type": part.get_content_type(), "bytes": len(part.get_content())}
                for part in mail.walk()
                if part.get_content_maintype() == "image"
            ],
            "again": mail["message-id"] in self.seen,
        }
        self.seen.add(mail["message-id"])
        if self.spool:
            self.spool.write(mail["message-id"] + "\n")
            self.spool.flush()
            os.fsync(self.spool.fileno())
        print(json.dumps(told), flush=True)
        return "250 taken"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--spool")
    args = parser.parse_args()
    controller = Controller(Sink(args.busy, args.slow, args.spool), hostname="127.0.0.1", port=0)
    # Port 0: the system chooses, so the address is known only after the start.
    loop = controller.loop
    controller.server = None

    async def serve():
        return await loop.create_server(controller.factory, "127.0.0.1", args.port)

    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(serve())
    print(server.sockets[0].getsockname()[1], flush=True)
    loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(loop.stop)))
    loop.run_forever()


if __name__ == "__main__":
    main()
