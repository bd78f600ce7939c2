// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Is it complete: the coverage of each scope on an axis of time, and its gaps.

import { sourceName } from "../data.js";
import { count, el, plural } from "../dom.js";
import { color } from "../theme.js";
import { day, duration, stamp } from "../time.js";
import { Chart, categoryAxis, plain, timeAxis } from "./base.js";

export function coverage(data, clock, axis) {
  const spans = [];
  data.scopes.forEach((scope, row) => {
    scope.label = scope.scope || (data.stored ? "nothing was read yet" : "a list of records, which proves nothing");
    for (const [kind, windows] of [["covered", scope.covered], ["gap", scope.gaps]]) {
      // Beside a window: when it was listed, if the source may have dropped records by then; beside a gap: its reasons.
      for (const [start, end, why] of windows) {
        spans.push({
          row, kind, scope, start, end, note: note(kind, why, clock),
          from: start === null ? axis[0] : clock.wall(start), to: end === null ? axis[1] : clock.wall(end),
        });
      }
    }
  });
  const gaps = spans.filter((span) => span.kind === "gap");
  const label = `Coverage of ${plural(data.scopes.length, "scope")}: ${gaps.length ? plural(gaps.length, "gap") : "no gap"}.`;
  const rows = data.scopes.length;
  const chart = new Chart("coverage", label, 58 + rows * 38, (width) => option(data, axis, spans, width));
  return { chart, figures: figures(gaps), gaps };
}

function note(kind, why, clock) {
  if (kind === "gap") return why.join(", ").replaceAll("_", " ");
  return why === null ? "" : `as listed on ${day(clock.wall(why))}`;
}

// On which day the latest of the windows was listed that were first read long after their end; null if there is none.
export function listedOn(data, clock) {
  const late = data.scopes.flatMap((scope) => scope.covered.map(([, , listed]) => listed)).filter((listed) => listed !== null);
  return late.length ? day(clock.wall(late.reduce((one, other) => Math.max(one, other)))) : null;
}

function edge(instant, wall, word) {
  return instant === null ? word : stamp(wall);
}

function times(span) {
  const window = `${edge(span.start, span.from, "the beginning")} – ${edge(span.end, span.to, "the end")}`;
  const length = span.start === null || span.end === null ? "" : ` (${duration(span.to - span.from)})`;
  return window + length;
}

function option(data, axis, spans, width) {
  return {
    grid: { left: 4, right: 12, top: 4, bottom: 28 },
    tooltip: {
      formatter: ({ data: [index] }) => {
        const span = spans[index];
        const state = span.kind === "gap" ? "Gap: not proven complete" : "Proven complete";
        return plain(`${state}${span.note && `, ${span.note}`}\n${sourceName(span.scope.source)}\n${span.scope.label}\n${times(span)}`);
      },
    },
    xAxis: timeAxis(axis),
    yAxis: categoryAxis(data.scopes.map((_scope, index) => index), { inverse: true, axisLabel: { show: false }, axisLine: { show: false } }),
    series: [{
      type: "custom", clip: true, dimensions: ["index", "row", "from", "to"], encode: { x: [2, 3], y: 1 },
      data: spans.map((span, index) => [index, span.row, span.from, span.to]),
      renderItem: (_params, api) => bar(spans[api.value(0)], api),
    }, {
      type: "custom", silent: true, dimensions: ["row", "at"], encode: { x: 1, y: 0 }, data: data.scopes.map((_scope, row) => [row, axis[0]]), clip: false, tooltip: { show: false },
      renderItem: (_params, api) => name(data.scopes[api.value(0)], api, width),
    }],
  };
}

function bar(span, api) {
  const [left, middle] = api.coord([span.from, span.row]);
  const [right] = api.coord([span.to, span.row]);
  const width = Math.max(3, right - left);
  const gap = span.kind === "gap";
  return {
    type: "rect", shape: { x: left, y: middle + 1, width, height: 12, r: 3 },
    style: {
      fill: color(gap ? "gap" : "covered"), stroke: gap ? color("gap") : "none", lineWidth: gap ? 1 : 0,
      opacity: !gap && span.note ? 0.55 : 1,
    },
  };
}

function name(scope, api, width) {
  const [left, middle] = api.coord([api.value(1), api.value(0)]);
  const words = `${sourceName(scope.source)}  ·  ${scope.label}`;
  return {
    type: "text", x: left, y: middle - 14,
    style: { text: plain(words), fill: color("text"), font: `12px ${getComputedStyle(document.body).fontFamily}`, width: width - 20, overflow: "truncate" },
  };
}

function figures(gaps) {
  if (!gaps.length) return null;
  return {
    caption: "Gaps", head: ["Source", "Scope", "From", "To", "Length"],
    rows: gaps.map((span) => [
      sourceName(span.scope.source), span.scope.label, edge(span.start, span.from, "the beginning"), edge(span.end, span.to, "the end"),
      span.start === null || span.end === null ? "" : duration(span.to - span.from),
    ]),
  };
}

export function more(data) {
  const hidden = data.scopes.reduce((total, scope) => total + scope.more, 0);
  const notes = [];
  if (data.more_scopes) notes.push(`${plural(data.more_scopes, "more scope")} ${data.more_scopes === 1 ? "is" : "are"} not drawn.`);
  if (hidden) notes.push(`${count(hidden)} more windows are not drawn.`);
  return notes.length ? el("p", { class: "note" }, notes.join(" ")) : null;
}
