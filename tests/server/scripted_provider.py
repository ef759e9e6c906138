"""A provider that answers as a test has written down, over no network at all."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

Reply = dict[str, Any] | httpx.Response | Exception


@dataclass
class Script:
    """A provider that answers each `METHOD path` with the next of its replies and keeps the last one."""

    replies: dict[str, list[Reply]]
    asked: list[httpx.Request] = field(default_factory=list)

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self._reply))

    def sent(self, call: str) -> list[httpx.Request]:
        return [request for request in self.asked if f"{request.method} {request.url.path}" == call]

    def body(self, call: str) -> Any:
        return json.loads(self.sent(call)[0].content)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        call = f"{request.method} {request.url.path}"
        replies = self.replies[call]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx.Response) else httpx.Response(200, json=reply)
