// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// How records ended: counts and rates period by period, and by how long they took.

import { sum } from "../data.js";
import { count, share } from "../dom.js";
import { began, equals, lasted } from "../filters.js";
import { color } from "../theme.js";
import { duration, period } from "../time.js";
import { Chart, categoryAxis, outcomeColors, plain, valueAxis } from "./base.js";

const GRID = { left: 8, right: 12, top: 12, bottom: 4, containLabel: true };

function stacked(names, columns) {
  const colors = outcomeColors(names);
  return names.map((name, index) => ({
    name, type: "bar", stack: "all", barMaxWidth: 40, barCategoryGap: "25%", itemStyle: { color: colors[index] },
    emphasis: { focus: "none" }, data: columns.map((counts) => counts[index]),
  }));
}

function lines(names, counts) {
  const total = sum(counts);
  const parts = names.map((name, index) => [name, counts[index]]).filter(([, number]) => number);
  return [`${count(total)} in all`, ...parts.map(([name, number]) => `${name}: ${count(number)} (${share(number, total)})`)].join("\n");
}

function table(caption, first, names, labels, columns) {
  const used = names.map((_name, index) => index).filter((index) => columns.some((counts) => counts[index]));
  return {
    caption, head: [first, ...used.map((index) => names[index]), "all"],
    rows: labels.map((label, row) => [label, ...used.map((index) => count(columns[row][index])), count(sum(columns[row]))]),
  };
}

export class ByPeriod {
  constructor(data, filters) {
    this.data = data;
    this.filters = filters;
    this.periods = data.totals.periods;
    this.labels = this.periods.starts.map((start) => period(start, this.periods.unit));
  }

  // The filter for the records that began in a period, and ended so.
  choose(index, outcome) {
    const end = this.periods.starts[index + 1] ?? this.periods.end;
    this.filters.set("time", began(this.periods.starts[index], end, `${this.periods.unit} ${this.labels[index]}`));
    if (outcome !== undefined) this.filters.set("outcome", equals("outcome", outcome, outcome));
  }

  clickable(chart) {
    const start = chart.start.bind(chart);
    chart.start = () => {
      start();
      chart.chart.on("click", ({ dataIndex, seriesName }) => this.choose(dataIndex, this.data.names.includes(seriesName) ? seriesName : undefined));
    };
    return chart;
  }

  axis() {
    const short = { hour: (text) => text.slice(5), day: (text) => text.slice(5), month: (text) => text, year: (text) => text }[this.periods.unit];
    const years = new Set(this.labels.map((label) => label.slice(0, 4))).size;
    return categoryAxis(this.labels, { axisLabel: { formatter: (text) => (years > 1 ? text : short(text)) } });
  }

  counts() {
    const { names, totals } = this.data;
    const label = `Records by outcome for each ${this.periods.unit}, stacked; ${count(totals.records)} in all.`;
    const chart = this.clickable(new Chart("outcomes", label, 260, () => ({
      grid: GRID, xAxis: this.axis(), yAxis: valueAxis(), series: stacked(names, this.periods.counts),
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: color("hover") } },
        formatter: ([{ dataIndex }]) => plain(`${this.labels[dataIndex]}\n${lines(names, this.periods.counts[dataIndex])}`),
      },
    })));
    const figures = table(`Records by outcome and ${this.periods.unit}`, this.periods.unit, names, this.labels, this.periods.counts);
    figures.choose = (row) => this.choose(row);
    return { chart, figures };
  }

  rates() {
    const { names } = this.data;
    const wanted = ["failure", "killed", "blocked"].map((name) => names.indexOf(name));
    const percent = (counts, index) => (sum(counts) ? (100 * counts[index]) / sum(counts) : null);
    const label = `Share of records that failed, were killed or were blocked, for each ${this.periods.unit}.`;
    const symbols = ["circle", "rect", "triangle"];
    const highest = Math.max(0, ...this.periods.counts.flatMap((counts) => wanted.map((index) => percent(counts, index) ?? 0)));
    const top = Math.max(5, Math.ceil(highest / 5) * 5);
    const few = this.periods.starts.length <= 62;
    const chart = this.clickable(new Chart("rates", label, 260, () => ({
      grid: GRID, xAxis: { ...this.axis(), boundaryGap: this.periods.starts.length < 3 },
      yAxis: valueAxis({ minInterval: 0, min: 0, max: top, interval: top / 5, axisLabel: { formatter: "{value} %" } }),
      series: wanted.map((index, place) => ({
        name: names[index], type: "line", connectNulls: true, symbol: symbols[place], symbolSize: 7, showSymbol: few, lineStyle: { width: 2, type: ["solid", "dashed", "dotted"][place] },
        itemStyle: { color: color(names[index]) }, data: this.periods.counts.map((counts) => percent(counts, index)),
      })),
      tooltip: {
        trigger: "axis", axisPointer: { lineStyle: { color: color("muted") } },
        formatter: ([{ dataIndex }]) => {
          const counts = this.periods.counts[dataIndex];
          const rates = wanted.map((index) => `${names[index]}: ${share(counts[index], sum(counts))} (${count(counts[index])} of ${count(sum(counts))})`);
          return plain([this.labels[dataIndex], ...rates].join("\n"));
        },
      },
    })));
    return {
      chart,
      figures: {
        caption: `Rates by ${this.periods.unit}`, head: [this.periods.unit, ...wanted.map((index) => names[index])],
        rows: this.periods.counts.map((counts, row) => [this.labels[row], ...wanted.map((index) => share(counts[index], sum(counts)))]),
      },
    };
  }
}

export function durations(data, filters) {
  const { edges, counts } = data.totals.durations;
  const { names } = data;
  const all = counts.map((_counts, index) => [edges[index - 1] ?? 0, edges[index] ?? Infinity]);
  const used = counts.map((each, index) => (sum(each) ? index : -1)).filter((index) => index >= 0);
  const first = Math.max(0, (used[0] ?? 0) - 1);
  const last = Math.min(counts.length - 1, (used.at(-1) ?? 0) + 1);
  const classes = all.slice(first, last + 1);
  const columns = counts.slice(first, last + 1);
  const range = ([low, high]) => {
    if (high === Infinity) return `${duration(low)} and longer`;
    return low ? `${duration(low)} to ${duration(high)}` : `under ${duration(high)}`;
  };
  const labels = classes.map(range);
  const short = classes.map(([low, high]) => (high === Infinity ? `≥ ${duration(low)}` : `< ${duration(high)}`));
  const choose = (index) => filters.set("lasted", lasted(...classes[index], labels[index]));
  const label = `How long ${count(counts.reduce((total, each) => total + sum(each), 0))} records took, on a logarithmic scale, by outcome.`;
  const chart = new Chart("durations", label, 260, () => ({
    grid: GRID, xAxis: categoryAxis(short, { axisLabel: { interval: 0, hideOverlap: true } }), yAxis: valueAxis(), series: stacked(names, columns),
    tooltip: {
      trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: color("hover") } },
      formatter: ([{ dataIndex }]) => plain(`${labels[dataIndex]}\n${lines(names, columns[dataIndex])}`),
    },
  }));
  const start = chart.start.bind(chart);
  chart.start = () => {
    start();
    chart.chart.on("click", ({ dataIndex }) => choose(dataIndex));
  };
  const figures = table("Records by duration and outcome", "duration", names, labels, columns);
  figures.choose = choose;
  return { chart, figures };
}
