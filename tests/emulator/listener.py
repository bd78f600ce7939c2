# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulated host: takes a request, logs it, waits, answers or misbehaves."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import Any

from aiohttp import web

from . import fault_answers, fault_wire
from .dialects.base import Dialect
from .exchange import Answer, Exchange
from .faults import Rule
from .world import World


class Listener:
    """The request handler of one dialect."""

    def __init__(self, world: World, dialect: Dialect):
        self._world = world
        self._dialect = dialect
        #: Answers to give again, by method and target.
        self._kept: dict[tuple[str, str], web.Response] = {}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        world, name = self._world, self._dialect.name
        if not world.settings.replay:
            self._kept.clear()
        elif kept := self._kept.get((request.method, request.raw_path)):
            await asyncio.sleep(world.settings.delay(name))
            return web.Response(status=kept.status, body=kept.body, headers={**kept.headers, "Date": self._date()})
        exchange = Exchange(
            dialect=name,
            method=request.method,
            target=request.raw_path,
            headers=[
                (k.decode("latin-1").lower(), v.decode("utf-8", "surrogateescape")) for k, v in request.raw_headers
            ],
            body=await request.read(),
            base_url=f"{request.scheme}://{request.host}",
        )
        close = world.journal.opened(exchange, request.transport)
        status: int | None = None
        rule: Rule | None = None
        try:
            delay = world.settings.delay(name)
            if delay:
                await asyncio.sleep(delay)
            rule = world.faults.pick(exchange)
            if rule is not None and rule.kind == "slow":
                await asyncio.sleep(float(rule.options.get("seconds", 1.0)))
            response = self._respond(exchange, rule)
            if rule is None or rule.kind not in fault_wire.KINDS:
                status = response.status
                if world.settings.replay and status == 200:
                    self._kept[request.method, request.raw_path] = response
                return response
            sent = await fault_wire.send(rule, request, response)
            status = sent.status if rule.kind in fault_wire.WHOLE else None
            return sent
        finally:
            close(status, rule.kind if rule else None)

    def _respond(self, exchange: Exchange, rule: Rule | None) -> web.Response:
        dialect = self._dialect
        answer: Answer | None = None
        if rule is not None:
            answer = fault_answers.instead(rule, dialect, exchange, self._world.urls["elsewhere"])
        if answer is None:
            answer = dialect.answer(exchange)
            page = answer.page
            if rule is not None:
                fault_answers.spoil(rule, answer)
            dialect.decorate(answer)
            body = answer.encode()
            if page is not None:
                self._world.mutations.after(page)
        else:
            dialect.decorate(answer)
            body = answer.encode()
        headers: dict[str, Any] = {"Content-Type": answer.content_type, **answer.headers}
        headers.setdefault("Date", self._date())
        return web.Response(status=answer.status, body=body, headers=headers)

    def _date(self) -> str:
        """The present by the clock of this host."""
        return formatdate(self._world.settings.now(self._dialect.name), usegmt=True)
