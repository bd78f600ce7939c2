# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check an entry of audit_sources as its archive module would, for the filter entry_errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._base.errors import OptionError
from ..module_utils._base.options import Declaration, build_argument_spec, check_window, missing, not_a_choice, resolve
from ..module_utils._base.redaction import Redactor
from ..module_utils._fetch.endpoint import Source
from ..module_utils._module import OptionCheck
from ..module_utils._sources.archives import ARCHIVES


def check_entry(place: str, entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    """Return a line for each error of an entry.

    :param place: where it stands in its list, for the lines.
    :param defaults: options that it gets if it doesn't have them.
    """
    source = entry.get("source")
    if source not in ARCHIVES:
        problem = missing("source", "one of " + ", ".join(ARCHIVES)) if source is None else not_a_choice("source", source, ARCHIVES)
        return ["%s: %s" % (place, problem)]
    given = {**defaults, **{name: value for name, value in entry.items() if name != "source"}}
    return ["%s (%s): %s" % (place, source, line) for line in _check_options(ARCHIVES[source].source, given)]


def _check_options(source: Source, given: Mapping[str, Any]) -> list[str]:
    declared = {name: declaration for name, declaration in source.all_options.items() if name != "store"}
    checked = OptionCheck(declared, given)
    # What is wrong already is left out: the values of the others are checked in the same run.
    params = {}
    for name, declaration in declared.items():
        one, own = {name: declaration}, {each: given[each] for each in (name, *declaration.get("aliases", ())) if each in given}
        if own and not OptionCheck(one, own).problems:
            params.update(ArgumentSpecValidator(build_argument_spec(one)).validate(own).validated_parameters)
    values = _check_values(source, declared, params, not checked.problems)
    redactor = Redactor(checked.secrets)
    return checked.problems + [redactor.whole_line(line) for line in values]


def _check_values(source: Source, declared: Mapping[str, Declaration], params: Mapping[str, Any], is_whole: bool) -> list[str]:
    """Return a line for each value that is not valid, else for options that do not fit together.

    :param is_whole: whether all options are there, so that they can be looked at together.
    """
    lines = []
    for name, declaration in declared.items():
        try:
            resolve({name: declaration}, params, {}, None)
        except OptionError as error:
            lines.append(str(error))
    if lines or not is_whole:
        return lines
    settings = resolve(declared, params, {}, None)
    settings.values.update(source.fixed)
    try:
        check_window(settings)
        if source.verify is not None:
            source.verify(settings)
    except OptionError as error:
        lines.append(str(error))
    return lines
