// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// How records ended: counts by period, rates by a coarser one, and how long they took.

import { WRONG, add, sum } from "../data.js";
import { count, el, plural, share } from "../dom.js";
import { range } from "../filters.js";
import { duration, period } from "../time.js";
import { Columns } from "./columns.js";

const DAY = 86400000;
// The most bars of rates, until the next coarser unit is taken.
const MOST = 24;
const COARSER = { hour: "day", day: "week", week: "month", month: "year" };

function figuresOf(caption, first, names, columns, choose) {
  const used = names.map((_name, index) => index).filter((index) => columns.some(({ counts }) => counts[index]));
  return {
    caption, head: [first, ...used.map((index) => names[index]), "all"], choose,
    rows: columns.map(({ label, counts }) => [label, ...used.map((index) => count(counts[index])), count(sum(counts))]),
  };
}

export function byPeriod(data, filters) {
  const { names, totals } = data;
  const { unit, starts, counts } = totals.periods;
  const labels = starts.map((start) => period(start, unit));
  const years = new Set(labels.map((label) => label.slice(0, 4))).size > 1;
  const columns = labels.map((label, index) => ({ label, short: years || unit === "month" || unit === "year" ? label : label.slice(5), counts: counts[index] }));
  const choose = (index, outcome) => {
    filters.set({ began: labels[index], ...(outcome ? { outcome } : {}) });
    document.getElementById("records").scrollIntoView({ block: "start" });
  };
  const chart = new Columns("outcomes", `Records by outcome for each ${unit}, stacked; ${count(totals.records)} in all.`, names, columns, choose);
  return { chart, figures: figuresOf(`Records by outcome and ${unit}`, unit, names, columns, choose) };
}

// The name of the coarser period that a time is in; a week is named by its Monday.
function nameOf(start, unit) {
  if (unit === "week") return period(start - ((Math.floor(start / DAY) + 3) % 7) * DAY, "day");
  return period(start, unit);
}

export function ratesOf({ unit, starts, counts }) {
  let wanted = unit;
  let groups;
  for (;;) {
    groups = new Map();
    starts.forEach((start, index) => {
      const name = nameOf(start, wanted);
      groups.set(name, groups.has(name) ? add(groups.get(name), counts[index]) : counts[index]);
    });
    if (groups.size <= MOST || !COARSER[wanted]) return { unit: wanted, groups: [...groups] };
    wanted = COARSER[wanted];
  }
}

// For each period a bar of what went wrong, and its share in words.
export function rates(data) {
  const { names } = data;
  const { unit, groups } = ratesOf(data.totals.periods);
  const wrong = (counts) => WRONG.map((name) => counts[names.indexOf(name)]);
  const used = groups.filter(([, counts]) => sum(counts));
  const empty = groups.filter(([, counts]) => !sum(counts)).map(([name]) => name);
  const most = Math.max(1, ...used.map(([, counts]) => sum(wrong(counts))));
  const rows = used.map(([name, counts]) => {
    const parts = wrong(counts);
    const bar = el("span", { class: "bar", "aria-hidden": "true" }, ...parts.map((number, index) => {
      if (!number) return null;
      const part = el("i", { class: WRONG[index], title: `${WRONG[index]}: ${count(number)}` });
      part.style.flexGrow = number;
      return part;
    }));
    bar.style.width = `${(100 * sum(parts)) / most}%`;
    const words = el("span", { class: "share" }, el("b", {}, share(sum(parts), sum(counts))), ` ${count(sum(parts))} of ${count(sum(counts))}`);
    return el("li", {}, el("span", { class: "when" }, name), el("span", { class: "track" }, bar), words);
  });
  const left = empty.length > 8 ? `${empty.slice(0, 8).join(", ")} and ${count(empty.length - 8)} more` : empty.join(", ");
  const body = el("div", { "data-chart": "rates" }, el("ol", { class: "rates" }, ...rows),
    empty.length ? el("p", { class: "note" }, `No records, so no rate: ${unit === "week" ? "weeks of " : ""}${left}.`) : null);
  const figures = {
    caption: `What went wrong by ${unit}`, head: [unit === "week" ? "week of" : unit, ...WRONG, "all", "share"],
    rows: used.map(([name, counts]) => [name, ...wrong(counts).map(count), count(sum(counts)), share(sum(wrong(counts)), sum(counts))]),
  };
  return { body, figures, unit };
}

export function durations(data, filters) {
  const { edges, counts } = data.totals.durations;
  const all = counts.map((_counts, index) => [edges[index - 1] ?? 0, edges[index] ?? Infinity]);
  const used = counts.map((each, index) => (sum(each) ? index : -1)).filter((index) => index >= 0);
  const first = used[0] ?? 0;
  const last = (used.at(-1) ?? -1) + 1;
  const classes = all.slice(first, last);
  const columns = classes.map(([low, high], index) => ({
    label: high === Infinity ? `${duration(low)} and longer` : low ? `${duration(low)} to ${duration(high)}` : `under ${duration(high)}`,
    short: high === Infinity ? `≥ ${duration(low)}` : `< ${duration(high)}`, counts: counts[first + index],
  }));
  const choose = (index, outcome) => {
    filters.set({ lasted: range(...classes[index]), ...(outcome ? { outcome } : {}) });
    document.getElementById("records").scrollIntoView({ block: "start" });
  };
  const known = counts.reduce((total, each) => total + sum(each), 0);
  const chart = new Columns("durations", `How long ${plural(known, "record")} took, by outcome.`, data.names, columns, choose);
  return { chart, figures: figuresOf("Records by duration and outcome", "duration", data.names, columns, choose) };
}
