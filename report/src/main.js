// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

/*!
 * This script contains Apache ECharts (Apache License 2.0), zrender (BSD 3-Clause) and tslib (0BSD); see the end of the page.
 */

import { redraw, startAll } from "./charts/base.js";
import { coverage, listedOn, more } from "./charts/coverage.js";
import { ByPeriod, durations } from "./charts/outcomes.js";
import { Timeline } from "./charts/timeline.js";
import { decode, read } from "./data.js";
import { count, el, plural } from "./dom.js";
import { Filters } from "./filters.js";
import { cards, header, legend, perSource, verdict } from "./header.js";
import { panel } from "./panel.js";
import { whenPrinting } from "./print.js";
import { ranked } from "./ranked.js";
import { Table } from "./table.js";
import { Theme } from "./theme.js";
import { Clock } from "./time.js";

const FAILED_FIRST = "Records that failed, were killed or were blocked are listed first, then the newest.";

const RANKED = { actor: "Top actors", target: "Top targets and connections", scope: "Top scopes" };

function shownOf(data) {
  const { shown } = data;
  const { records } = data.totals;
  return shown < records ? `${count(shown)} of ${count(records)} records are in the table. ${FAILED_FIRST} Everything else counts all records.` : null;
}

function build() {
  const data = read("data");
  const clock = new Clock(data.zone);
  const axis = data.axis.map((instant) => clock.wall(instant));
  if (axis[1] <= axis[0]) axis[1] = axis[0] + 1000;
  const records = decode(data, clock);
  const filters = new Filters();
  const theme = new Theme();
  const covered = coverage(data, clock, axis);
  const timeline = new Timeline(data, records, axis, filters);
  const periods = new ByPeriod(data, filters);
  const counts = periods.counts();
  const rates = periods.rates();
  const long = durations(data, filters);
  const table = new Table(data, records, filters);
  const { unit } = data.totals.periods;
  const one = `${unit === "hour" ? "an" : "a"} ${unit}`;
  const untimed = data.totals.records - data.totals.periods.counts.flat().reduce((one, other) => one + other, 0);
  const cut = shownOf(data);

  document.title = data.title;
  document.getElementById("report").append(
    header(data, clock, theme), verdict(data, covered.gaps.length, listedOn(data, clock)), cards(data, filters),
    el("div", { class: "panels" },
      panel({
        title: "Is it complete?", wide: true, chart: covered.chart, body: more(data), figures: covered.figures,
        note: "Which times of this window are proven complete for each scope, and where records may be missing.",
        legend: el("ul", { class: "legend" }, el("li", { class: "as-is" }, el("i", { class: "dot covered" }), "Proven complete"), el("li", { class: "as-is" }, el("i", { class: "dot gap" }), "Gap")),
      }),
      panel({
        title: "Timeline", wide: true, chart: timeline.chart, controls: timeline.controls(), legend: legend(data),
        note: "Drag over the strip below the chart, or use the buttons, to look at a shorter time. The table follows.",
      }),
      panel({
        title: `Outcomes per ${unit}`, chart: counts.chart, figures: counts.figures, legend: legend(data),
        note: untimed ? `${plural(untimed, "record")} without a known start ${untimed === 1 ? "is" : "are"} left out.` : `By the start of a record. Click ${one} to see its records.`,
      }),
      panel({
        title: "Failure and kill rate", chart: rates.chart, figures: rates.figures, note: `Share of the records that began in ${one}.`,
        legend: el("ul", { class: "legend" }, ...["failure", "killed", "blocked"].map((name) => el("li", {}, el("i", { class: `dot ${name}` }), name))),
      }),
      el("div", { class: "thirds wide" },
        ...Object.entries(RANKED).filter(([field]) => data.totals.ranked[field].distinct || data.stored)
          .map(([field, title]) => panel({ title, body: ranked(data, field, filters) }))),
      panel({
        title: "How long they took", wide: true, chart: long.chart, figures: long.figures, legend: legend(data),
        note: "Logarithmic: each class is about three times as long as the one before. Records without a known end are left out.",
      }),
      panel({ title: "Records", wide: true, id: "records", body: table.element(), note: cut, figures: perSource(data) })),
    el("footer", {}, `Made by opsaudit.sessions ${data.version}. Texts longer than ${data.longest} characters are cut. Charts: Apache ECharts, Apache License 2.0.`));
  table.refresh();
  startAll();
  theme.subscribe(redraw);
  whenPrinting(theme, timeline, table);
  document.documentElement.dataset.ready = "true";
}

build();
