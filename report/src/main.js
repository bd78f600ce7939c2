// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The page of a report: first what everybody must see, then all else.

import { byPeriod, durations, rates } from "./charts/outcomes.js";
import { Timeline } from "./charts/timeline.js";
import { decode, read } from "./data.js";
import { count, el, plural } from "./dom.js";
import { Filters } from "./filters.js";
import { gapTable } from "./gaps.js";
import { header, legend, numbers, verdict } from "./header.js";
import { Names, sourceName } from "./names.js";
import { panel } from "./panel.js";
import { whenPrinting } from "./print.js";
import { ranked } from "./ranked.js";
import { Details } from "./table/details.js";
import { Table } from "./table/table.js";
import { Theme } from "./theme.js";
import { Clock } from "./time.js";

const RANKED = { actor: ["who", "People"], target: ["connection", "Connections and machines"], scope: ["scope", "Scopes"] };

function listedNote(data) {
  const { shown, totals: { records } } = data;
  if (shown >= records) return null;
  return `${count(shown)} of ${count(records)} records are in this table: those that failed, were killed or were blocked, then the newest. All else on this page counts every record.`;
}

function replaysNote({ replays }) {
  if (!replays?.more) return null;
  const pages = plural(replays.more, "more recording");
  return el("p", { class: "note" }, `${pages} of records that are not in this table ${replays.more === 1 ? "has" : "have"} a page in the folder `,
    el("a", { class: "link", href: replays.folder, id: "replays" }, replays.folder), ".");
}

function timelineNote(data) {
  const { undated } = data.totals;
  return [
    "Draw over a time to look at it; the table follows. A mark with a number stands for so many records.",
    data.lanes ? "It counts every record of the report: of the filters only the time changes it." : null,
    undated ? `${plural(undated, "record")} without a plausible start ${undated === 1 ? "is" : "are"} not on it.` : null,
  ].filter(Boolean).join(" ");
}

function start() {
  const data = read("data");
  const clock = new Clock(data.zone);
  const names = new Names(data);
  const theme = new Theme();
  const whole = el("input", { type: "checkbox", id: "print-all" });
  const filters = new Filters(sourceName);
  document.title = data.title;
  const main = document.getElementById("report");
  main.append(header(data, clock, theme, whole), verdict(data, clock, names), numbers(data, filters));
  // The rest waits until this is on the screen.
  requestAnimationFrame(() => setTimeout(() => rest({ data, clock, names, theme, whole, filters, main })));
}

function rest({ data, clock, names, theme, whole, filters, main }) {
  const records = decode(read("columns"), clock);
  filters.records = records;
  data.lanes = read("lanes");
  // Without a window, a record or a gap there is no time to draw.
  const drawn = data.axis[1] > data.axis[0] || data.totals.records > data.totals.undated;
  const axis = data.axis.map((instant) => clock.wall(instant));
  if (axis[1] <= axis[0]) axis[1] = axis[0] + 1000;
  const table = new Table(data, records, filters, new Details(clock, names, data.replays));
  const timeline = new Timeline(data, clock, axis, filters, names);
  const periods = byPeriod(data, filters);
  const rate = rates(data);
  const long = durations(data, filters);
  const gaps = gapTable(data, clock, names);
  const { unit } = data.totals.periods;
  const show = (name, value) => {
    filters.set({ [name]: value });
    document.getElementById("records").scrollIntoView({ block: "start" });
  };
  const scope = (text) => names.scope(data.scopes.find((each) => each.scope === text)?.source ?? "", text);
  const lists = Object.entries(RANKED).filter(([field]) => data.totals.ranked[field].distinct).map(([field, [name, heading]]) => panel({
    title: heading, body: ranked(data, field, (value) => show(name, value), field === "scope" ? scope : (value) => value),
  }));
  main.append(
    el("div", { class: "panels" },
      gaps ? panel({ title: "Gaps", wide: true, id: "gaps", body: gaps, note: "Times in which records may be missing." }) : null,
      !drawn ? null : panel({
        title: "Timeline", wide: true, id: "timeline", chart: timeline.place, controls: timeline.controls(),
        legend: el("div", { class: "legends" }, legend(data), data.stored ? el("ul", { class: "legend", "aria-label": "Colours of the coverage" },
          el("li", { class: "as-is" }, el("i", { class: "dot covered" }), "Proven complete"), el("li", { class: "as-is" }, el("i", { class: "dot gap" }), "Gap"),
          data.scopes.some((each) => each.pruned.spans.length) ? el("li", { class: "as-is" }, el("i", { class: "dot pruned-time" }), "Pruned") : null) : null),
        note: timelineNote(data),
      }),
      panel({ title: "Records", wide: true, id: "records", body: el("div", {}, replaysNote(data), table.element()), note: listedNote(data) }),
      panel({ title: `Outcomes per ${unit}`, chart: periods.chart.place, figures: periods.figures, legend: legend(data), note: "By the start of a record." }),
      panel({ title: "What went wrong", body: rate.body, figures: rate.figures, note: `Failed, killed and blocked per ${rate.unit}, and their share of its records.` }),
      el("div", { class: "thirds wide" }, ...lists),
      panel({
        title: "How long they took", wide: true, extra: true, chart: long.chart.place, figures: long.figures, legend: legend(data),
        note: "Each class is about three times as long as the one before. Records without a known end are left out.",
      })),
    el("footer", {}, `Made by opsaudit.sessions ${data.version}. Texts longer than ${data.longest} characters are cut; names are cut in the middle.`));
  whenPrinting(theme, whole, [table, timeline, periods.chart, long.chart]);
  document.documentElement.dataset.ready = "true";
}

start();
