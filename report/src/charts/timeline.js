// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Each listed record as a bar from its start to its end, in the lane of its actor, target or scope.

import { sum } from "../data.js";
import { count, el, plural } from "../dom.js";
import { between, equals } from "../filters.js";
import { color } from "../theme.js";
import { duration, stamp } from "../time.js";
import { Chart, categoryAxis, plain, timeAxis } from "./base.js";

const LANES = 20;
const DEPTH = 4;
const OTHERS = "all others";
const UNNAMED = "not named";
// The height of a lane on the screen and on paper.
const LANE = 40;
const PAPER_LANE = 29;
// Not over yet.
const OPEN = ["waiting", "running"];

// The lanes with the most records, and the place of each record; overlapping ones are below each other.
export function arrange(records, field, axis) {
  const counts = new Map();
  for (const record of records) counts.set(record[field] || null, (counts.get(record[field] || null) ?? 0) + 1);
  const order = [...counts].sort((one, other) => (one[0] === null) - (other[0] === null) || other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
  const names = order.slice(0, order.length > LANES ? LANES - 1 : LANES).map(([name]) => name);
  const lane = new Map(names.map((name, index) => [name, index]));
  const lanes = names.map((name) => name ?? UNNAMED);
  if (order.length > LANES) lanes.push(`${OTHERS} (${count(order.length - names.length)})`);
  const free = lanes.map(() => new Array(DEPTH).fill(-Infinity));
  const bars = [];
  const least = (axis[1] - axis[0]) / 400;
  for (const record of [...records].sort((one, other) => one.start - other.start)) {
    const row = lane.get(record[field] || null) ?? lanes.length - 1;
    const end = record.end ?? (OPEN.includes(record.outcome) ? axis[1] : record.start);
    const rows = free[row];
    let depth = rows.findIndex((busy) => busy <= record.start);
    if (depth < 0) depth = rows.indexOf(Math.min(...rows));
    rows[depth] = Math.max(rows[depth], end, record.start + least);
    bars.push({ record, row, depth, start: record.start, end: Math.max(end, record.start) });
  }
  const depths = lanes.map((_name, index) => free[index].filter((busy) => busy > -Infinity).length);
  return { lanes, bars, depths };
}

// The same lanes, for more records than the page lists: a column of counts for each lane and interval.
export function stack(lanes, field, axis) {
  const { names, others, counts } = lanes.fields[field];
  const used = [...new Set(counts.map(([lane]) => lane))].sort((one, other) => one - other);
  const name = (lane) => names[lane] ?? (lane === lanes.others ? `${OTHERS} (${count(others)})` : UNNAMED);
  const width = (axis[1] - axis[0]) / lanes.cells;
  // The scale is that of single names, so that the lane of all others does not flatten them.
  const most = Math.max(1, ...counts.map(([lane, , ...numbers]) => (lane < lanes.others ? sum(numbers) : 0)));
  return {
    lanes: used.map(name),
    bars: counts.map(([lane, cell, ...numbers]) => ({
      row: used.indexOf(lane), name: lane === lanes.unnamed ? null : names[lane], own: lane !== lanes.others, numbers,
      share: Math.min(1, Math.sqrt(sum(numbers) / most)), start: axis[0] + cell * width, end: axis[0] + (cell + 1) * width,
    })),
    depths: [],
  };
}

export class Timeline {
  constructor(data, records, axis, filters) {
    this.data = data;
    this.axis = axis;
    this.filters = filters;
    this.records = records.filter((record) => record.start !== null);
    this.field = this.records.some((record) => record.actor) ? "actor" : "target";
    const label = `Timeline of ${plural(data.lanes ? data.totals.records : this.records.length, "record")}; the table below lists them.`;
    this.chart = new Chart("timeline", label, 200, (width) => this.option(width));
    const start = this.chart.start.bind(this.chart);
    this.chart.start = () => {
      this.lay();
      start();
      this.chart.chart.on("datazoom", () => this.zoomed());
      this.chart.chart.on("click", ({ data: [index] }) => this.choose(this.bars[index]));
    };
    filters.subscribe((name, by) => {
      if (name === "time" && by !== this) this.follow();
    });
  }

  lay() {
    Object.assign(this, this.data.lanes ? stack(this.data.lanes, this.field, this.axis) : arrange(this.records, this.field, this.axis));
    this.print(false);
  }

  // On paper there is no strip to drag, and a chart has to fit a page.
  print(on) {
    this.paper = on;
    this.lane = on ? PAPER_LANE : LANE;
    this.chart.setHeight((on ? 34 : 88) + this.lanes.length * this.lane);
  }

  show(field) {
    this.field = field;
    this.lay();
    this.chart.draw();
    this.follow();
  }

  choose({ record, name, own, start, end }) {
    if (!record) {
      if (own) this.filters.set(this.field, equals(this.field, name, `${this.field} ${name ?? UNNAMED}`));
      this.filters.set("time", between(start, end, `${stamp(start)} – ${stamp(end)}`), this);
      return;
    }
    this.filters.set("record", { label: `record ${record.id}`, test: (other) => other === record }, this);
    document.getElementById("records").scrollIntoView({ block: "start" });
  }

  get range() {
    const [zoom] = this.chart.chart.getOption().dataZoom;
    const whole = this.axis[1] - this.axis[0];
    return [this.axis[0] + (whole * zoom.start) / 100, this.axis[0] + (whole * zoom.end) / 100];
  }

  // The table shows the records of the visible time.
  zoomed() {
    if (this.following) return;
    const [start, end] = this.range;
    const whole = this.axis[1] - this.axis[0];
    const all = end - start > whole * 0.999;
    this.filters.set("time", all ? null : between(start, end, `${stamp(start)} – ${stamp(end)}`), this);
  }

  follow() {
    const filter = this.filters.get("time");
    const [start, end] = filter ? [Math.max(filter.start, this.axis[0]), Math.min(filter.end, this.axis[1])] : this.axis;
    const whole = this.axis[1] - this.axis[0];
    this.following = true;
    this.zoomTo((100 * (start - this.axis[0])) / whole, (100 * (end - this.axis[0])) / whole);
    this.following = false;
  }

  zoomTo(start, end) {
    this.chart.chart?.dispatchAction({ type: "dataZoom", start: Math.max(0, start), end: Math.min(100, end) });
  }

  // For the buttons: a factor of 0.5 zooms in, 2 zooms out; aside moves by a share of the visible time.
  zoom(factor, aside = 0) {
    const [zoom] = this.chart.chart.getOption().dataZoom;
    const width = Math.min(100, (zoom.end - zoom.start) * factor);
    let start = (zoom.start + zoom.end) / 2 - width / 2 + aside * width;
    start = Math.min(Math.max(0, start), 100 - width);
    this.zoomTo(start, start + width);
  }

  controls() {
    const choice = ["actor", "target", "scope"].map((field) => el("button", {
      type: "button", "aria-pressed": String(field === this.field), onclick: (event) => {
        for (const each of event.currentTarget.parentNode.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
        this.show(field);
      },
    }, `By ${field}`));
    const step = (text, label, ...how) => el("button", { type: "button", "aria-label": label, title: label, onclick: () => this.zoom(...how) }, text);
    return el("div", { class: "controls" },
      el("div", { class: "segments", role: "group", "aria-label": "Lanes of the timeline" }, ...choice),
      el("div", { class: "segments", role: "group", "aria-label": "Zoom of the timeline" },
        step("←", "Earlier", 1, -0.5), step("−", "Zoom out", 2), step("+", "Zoom in", 0.5), step("→", "Later", 1, 0.5),
        el("button", { type: "button", onclick: () => this.zoomTo(0, 100) }, "All")));
  }

  option(width) {
    const colors = Object.fromEntries(this.data.names.map((name) => [name, color(name)]));
    return {
      grid: { left: 4, right: 12, top: 4, bottom: this.paper ? 26 : 76 },
      xAxis: timeAxis(this.axis),
      yAxis: categoryAxis(this.lanes.map((_lane, index) => index), { inverse: true, axisLabel: { show: false }, axisLine: { show: false }, splitLine: { show: true, lineStyle: { color: color("grid") } } }),
      dataZoom: [{
        type: "slider", show: !this.paper, height: 30, bottom: 8, left: 4, right: 12, brushSelect: true, showDetail: false, filterMode: "none", borderColor: color("line"),
        fillerColor: color("hover"), handleStyle: { color: color("surface"), borderColor: color("muted") }, moveHandleStyle: { color: color("line") },
        backgroundColor: "transparent", dataBackground: { areaStyle: { color: color("line"), opacity: 1 }, lineStyle: { color: color("line") } },
        selectedDataBackground: { areaStyle: { color: color("muted"), opacity: 0.5 }, lineStyle: { color: color("muted") } },
      }, { type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false }],
      tooltip: { formatter: ({ data: [index] }) => (this.data.lanes ? counted(this.bars[index], this.lanes, this.data.names) : describe(this.bars[index].record)) },
      series: [{
        type: "custom", clip: true, dimensions: ["index", "row", "start", "end"], encode: { x: [2, 3], y: 1 },
        data: this.bars.map((bar, index) => [index, bar.row, bar.start, bar.end]), renderItem: (params, api) => this.bar(this.bars[api.value(0)], params, api, colors),
      }, {
        type: "custom", silent: true, clip: false, dimensions: ["row", "at"], encode: { y: 0 }, data: this.lanes.map((_lane, row) => [row, 0]), tooltip: { show: false },
        renderItem: (params, api) => this.name(api.value(0), params, api, width),
      }],
    };
  }

  bar(bar, params, api, colors) {
    const [left, middle] = api.coord([bar.start, bar.row]);
    const [right] = api.coord([bar.end, bar.row]);
    const low = params.coordSys.x;
    const high = low + params.coordSys.width;
    if (right < low || left > high) return null;
    const x = Math.max(low, left);
    const room = this.lane * 0.45;
    if (bar.numbers) return column(bar, x, Math.min(high, right), middle + room, room, this.data.names, colors);
    const step = Math.min(room / 2, room / Math.max(1, this.depths[bar.row]));
    const height = Math.max(3, step - 1);
    return {
      type: "rect", shape: { x, y: middle + bar.depth * step, width: Math.max(3, Math.min(high, right) - x), height, r: Math.min(2, height / 2) },
      style: { fill: colors[bar.record.outcome], opacity: 0.92 },
    };
  }

  name(row, params, api, width) {
    const [, middle] = api.coord([this.axis[0], row]);
    return {
      type: "text", x: params.coordSys.x, y: middle - this.lane * 0.375,
      style: { text: plain(this.lanes[row]), fill: color("text"), font: `12px ${getComputedStyle(document.body).fontFamily}`, width: width - 20, overflow: "truncate" },
    };
  }
}

function column(bar, left, right, bottom, room, names, colors) {
  const width = Math.max(1.5, right - left - 0.5);
  const height = Math.max(3, room * bar.share);
  const all = sum(bar.numbers);
  let y = bottom;
  const children = names.map((name, index) => {
    const part = (height * bar.numbers[index]) / all;
    y -= part;
    return part ? { type: "rect", shape: { x: left, y, width, height: part }, style: { fill: colors[name] } } : null;
  });
  return { type: "group", children: children.filter(Boolean) };
}

function counted(bar, lanes, names) {
  const parts = names.map((name, index) => (bar.numbers[index] ? `${name}: ${count(bar.numbers[index])}` : null)).filter(Boolean);
  return plain([lanes[bar.row], `${stamp(bar.start)} – ${stamp(bar.end)}`, ...parts].join("\n"));
}

function describe(record) {
  const summary = record.summary ? `\n${record.summary.replace(/\s+/g, " ").slice(0, 70)}` : "";
  const end = record.end === null ? "end unknown" : `${stamp(record.end)} (${duration(record.lasted)})`;
  return plain(`${record.outcome}  ·  ${record.actor ?? "actor not named"}\n${record.target ?? "target not named"}\n${stamp(record.start)} – ${end}${summary}`);
}
