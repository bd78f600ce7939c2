// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The head of the page: title and window, whether the report is complete, and the counts.

import { sourceName, sum } from "./data.js";
import { count, el, icon, plural, share } from "./dom.js";
import { equals } from "./filters.js";
import { stamp } from "./time.js";

const CHECK = "M5 12.5 10 17.5 19.5 7";
const WARNING = "M12 4 21.5 20.5H2.5ZM12 10v4.6M12 17.4v.2";

function edge(instant, clock, word) {
  return instant === null ? word : stamp(clock.wall(instant));
}

export function header(data, clock, theme) {
  const [start, end] = data.window;
  const times = start === null && end === null ? "all time" : `${edge(start, clock, "the beginning")} – ${edge(end, clock, "the end")}`;
  return el("header", { class: "page" },
    el("div", {},
      el("h1", {}, data.title),
      el("dl", { class: "facts" },
        el("div", {}, el("dt", {}, "Window"), el("dd", { id: "window" }, times)),
        el("div", {}, el("dt", {}, "Times in"), el("dd", {}, clock.name)),
        el("div", {}, el("dt", {}, "Sources"), el("dd", {}, data.sources.map(sourceName).join(", "))))),
    el("div", { class: "actions" },
      theme.control(),
      el("button", { type: "button", class: "quiet", onclick: () => window.print() }, "Print")));
}

export function verdict(data, gaps, listed) {
  const { complete, stored } = data;
  const scopes = data.scopes.length + data.more_scopes;
  let text = `Every record that the sources had in this window is in this report: ${plural(scopes, "scope")} proven without a gap.`;
  if (listed) text += ` Some of it as listed on ${listed}: what a source had dropped by then is unknown.`;
  if (!stored) text = "This report was made from a list of records. A list cannot prove that it is complete.";
  else if (!complete) text = `Records may be missing: there ${gaps === 1 ? "is" : "are"} ${plural(gaps, "gap")} in the coverage of ${plural(scopes, "scope")}.`;
  return el("div", { class: `verdict ${complete ? "good" : "bad"}`, id: "verdict" },
    icon(complete ? CHECK : WARNING),
    el("div", {}, el("strong", {}, complete ? "Complete" : stored ? "Not complete" : "Not proven complete"), el("span", {}, text)));
}

export function cards(data, filters) {
  const { records, outcomes, ranked } = data.totals;
  const part = (name) => {
    const number = outcomes[data.names.indexOf(name)];
    return el("button", {
      type: "button", class: "card", disabled: number === 0, title: `Show these ${count(number)} in the table`,
      onclick: () => filters.set("outcome", equals("outcome", name, name)),
    },
    el("span", { class: "name" }, el("i", { class: `dot ${name}` }), name),
    el("span", { class: "number" }, count(number)), el("span", { class: "part" }, share(number, records)));
  };
  const plainCard = (name, number, note) => el("div", { class: "card" },
    el("span", { class: "name" }, name), el("span", { class: "number" }, count(number)), el("span", { class: "part" }, note));
  return el("section", { class: "cards", "aria-label": "Counts" },
    plainCard("records", records, `${plural(ranked.actor.distinct, "actor")}, ${plural(ranked.target.distinct, "target")}`),
    ...data.names.map(part));
}

export function perSource(data) {
  const rows = Object.entries(data.totals.sources);
  if (rows.length < 2) return null;
  return {
    caption: "Records by source and outcome", head: ["source", ...data.names, "all"],
    rows: rows.map(([source, counts]) => [sourceName(source), ...counts.map(count), count(sum(counts))]),
  };
}

export function legend(data) {
  const { outcomes } = data.totals;
  return el("ul", { class: "legend", "aria-label": "Colours of the outcomes" },
    ...data.names.filter((_name, index) => outcomes[index]).map((name) => el("li", {}, el("i", { class: `dot ${name}` }), name)));
}
