# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints as data: the requests of a source, in the terms of the core.

A new source is a C(Source) with its C(Endpoint)s and, at most, one more class to authenticate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from .._base.errors import ErrorCodes
from .._base.options import COMMON, Declaration, Settings
from .._http.auth import Auth
from .._http.body import MAX_BODY
from .._http.request import Request, encode
from .._paging.styles import Paging
from .._records.shape import Row, Shape
from .time_filter import TimeFilter

if TYPE_CHECKING:
    from .._http.transport import Transport

Values = Mapping[str, Any]


class Follow(NamedTuple):
    """A row that stands for more, which another request brings: C(merge) makes one record of both.

    Without C(merge) the rows of the other endpoint stand in its place.
    """

    endpoint: Endpoint
    target: dict[str, Any]
    merge: Callable[[Row, Row], Row] | None = None


class Endpoint(NamedTuple):
    """One call of a source.

    In C(params) and C(headers) the value is an option's name, or a function of all values: the options,
    those of the connection (C(base), C(project_id)), and the target's. What is null is not sent.
    In C(rows), C(total), C(capped), C(record) and C(where) fields are paths: tuples of names.
    """

    #: What a request does, as a failure names it: Listing sessions.
    doing: str
    path: str
    method: str = "GET"
    params: Mapping[str, str | Callable[[Values], Any]] = {}
    headers: Mapping[str, str] = {}
    #: Options with a list of values: one listing for each of them.
    fan_out: tuple[str, ...] = ()
    #: Whether these targets are listed at all.
    applies: Callable[[Values, Settings], bool] | None = None
    #: Whether one listing of a scope begins only when the one before has ended.
    in_turn: bool = False
    paging: Paging | None = None
    rows: tuple[str, ...] | None = None
    total: tuple[str, ...] | None = None
    #: Where the source says that it counted only so far.
    capped: tuple[str, ...] | None = None
    #: The one record of an answer that is no list, or that the list belongs to.
    record: tuple[str, ...] | None = None
    #: The field that a whole list becomes, of the record that it belongs to.
    nest: str | None = None
    id: str = "id"
    #: Whether the record must have the id that was requested.
    echoes: bool = False
    #: Fields without which an answer is none.
    requires: tuple[str, ...] = ()
    time: TimeFilter | None = None
    #: The parameter and the field by which a list is begun anew at the source's largest offset.
    slide: tuple[str, str] | None = None
    #: Options that a field must equal (or be among), because the source doesn't filter so exactly, or not at all.
    where: Mapping[str, tuple[str, ...]] = {}
    #: Options with free text by which the source filters: a value that has never matched anything is reported.
    text_filters: tuple[str, ...] = ()
    #: Options with fixed values by which it filters, too.
    choice_filters: tuple[str, ...] = ()
    #: Those of them that look at what changes later: what does not match yet when a window is read may match afterwards.
    changing_filters: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    shape: Shape = Shape()
    #: Looks at a whole answer; raises SourceError if it is a failure in spite of its status.
    check: Callable[[Any], None] | None = None
    follow: Callable[[Row, Values], Follow | None] | None = None
    #: Whether the rows of the requests that follow replace each row.
    replaces_rows: bool = False
    #: The time by which the source lists, newest first: rows that follow another request are put in order by it.
    newest_first: str | None = None
    #: Adds what follows from a record and the options; returns a warning where one is due.
    finish: Callable[[Row, Values], str | None] | None = None
    max_body: int = MAX_BODY

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the options that leave out records."""
        return (*self.text_filters, *self.choice_filters)

    def targets(self, settings: Settings) -> Iterator[dict[str, Any]]:
        """Return the targets to list: every combination of the options in C(fan_out)."""
        choices = [settings[name] or [None] for name in self.fan_out]
        for combination in product(*choices):
            target: dict[str, Any] = {}
            for name, value in zip(self.fan_out, combination):
                if value is not None:
                    target.update(value if isinstance(value, dict) else {name: value})
            if self.applies is None or self.applies(target, settings):
                yield target

    def request(self, base: str, values: Values, more: Mapping[str, Any]) -> Request:
        """Return the request with these values, and with the parameters in C(more)."""
        sent: dict[str, Any] = {}
        for name, of in self.params.items():
            value = of(values) if callable(of) else values.get(of)
            if value not in (None, "", []):
                sent[name] = value
        sent.update(more)
        headers = tuple((name, values[of]) for name, of in self.headers.items() if values.get(of))
        path = self.path.format_map(_Encoded(values))
        if self.method == "GET":
            query = tuple((name, _text(value)) for name, value in sent.items())
            return Request(base, path, query=query, headers=headers)
        body = json.dumps(_nest(sent), separators=(",", ":")).encode()
        return Request(base, path, self.method, headers=(*headers, ("Content-Type", "application/json")), body=body)


class Connection(NamedTuple):
    """Where a task sends its requests, and as whom; C(values) are for the endpoint's path.

    C(prepare) is called before the first request, logs in and looks up what is missing, and
    returns more values. C(ca) are certificates (PEM) to trust that are no file. C(codes) are what
    the source's own error codes mean. C(secret_patterns) are texts that a source may repeat and that hold a
    secret nobody registered, such as signatures: all but the first group is masked.
    """

    base: str
    auth: Auth
    values: dict[str, Any] = {}
    prepare: Callable[[Transport], dict[str, Any]] | None = None
    ca: str | None = None
    codes: ErrorCodes = ErrorCodes()
    secret_patterns: tuple[str, ...] = ()


class Source(NamedTuple):
    """What one module requests."""

    name: str
    #: The key under which the records are returned.
    list_key: str
    #: All options that are not common to all sources.
    options: dict[str, Declaration]
    #: Decides where to send requests, and as whom, without a request. Raises OptionError.
    connect: Callable[[Settings, Mapping[str, str]], Connection]
    #: The endpoints, each with the option that selects it; the first whose option is given is used.
    endpoints: tuple[tuple[str | None, Endpoint], ...]
    #: The rules between options. Raises OptionError.
    verify: Callable[[Settings], None] | None = None
    #: The key for what an endpoint returns that is not the list, by that endpoint's option.
    other_keys: Mapping[str, str] = {}
    #: Where a record of a listing's target lives, by the options and the connection.
    scope: Callable[[Mapping[str, Any], Settings, Connection], dict[str, str]] = lambda target, settings, connection: {}
    #: Returns the keys of a result about its viewer, and warnings, from the values of the connection.
    report_viewer: Callable[[Values], tuple[dict[str, Any], list[str]]] | None = None
    #: The options that it shares with all modules of its kind.
    common: Mapping[str, Declaration] = COMMON
    #: Values in the place of options that this kind of module has not.
    fixed: Mapping[str, Any] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the options that leave out records, of all its endpoints: they are part of the view."""
        return tuple(dict.fromkeys(name for _option, endpoint in self.endpoints for name in endpoint.filters))

    def is_changing(self, settings: Settings) -> bool:
        """Return whether records may come into a window that was read, because of what they are filtered by."""
        return any(settings.values.get(name) for _option, endpoint in self.endpoints for name in endpoint.changing_filters)

    def viewer_of(self, values: Values) -> tuple[dict[str, Any] | None, list[str]]:
        """Return who looks, with C(id) and C(sees_all), and warnings; null where that makes no difference.

        :param values: those of the connection.
        """
        return (values.get("viewer"), self.report_viewer(values)[1]) if self.report_viewer is not None else (None, [])

    def view_of(self, settings: Settings, values: Values) -> dict[str, Any]:
        """Return what of a scope can be seen: the viewer who sees less than everything, and the filters.

        :param values: those of the connection.
        """
        viewer = values.get("viewer")
        view = {"viewer": viewer["id"]} if viewer is not None and not viewer["sees_all"] else {}
        for name in self.filters:
            value = settings.values.get(name)
            if value:
                # The order of several values makes no other view.
                view[name] = sorted(value) if isinstance(value, list) else value
        return view

    @property
    def all_options(self) -> dict[str, Declaration]:
        """Return all options of the module."""
        return {**self.common, **self.options}


class _Encoded(dict):
    """Values for a path, percent-encoded."""

    def __getitem__(self, name: str) -> str:
        return encode(str(super().__getitem__(name)))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body in which C(action.type) is a type within action."""
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *outer, last = name.split(".")
        place = nested
        for each in outer:
            place = place.setdefault(each, {})
        place[last] = value
    return nested
