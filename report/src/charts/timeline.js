// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Records and gaps on one axis of time: a row of coverage for each scope, then a lane for each actor, target or scope.

import { sum } from "../data.js";
import { count, cut, el, plural, svg, title } from "../dom.js";
import { named } from "../filters.js";
import { sourceName } from "../names.js";
import { day, parse, stamp } from "../time.js";
import { ticks } from "./axis.js";
import { cluster, drawMark, lanesOf, lanesOfCounts } from "./marks.js";

const FILTER = { actor: "who", target: "connection", scope: "scope" };
const TITLES = { actor: "By person", target: "By connection", scope: "By scope" };
const ROWS = { coverage: 8, lanes: 12, printed: 4 };
const KINDS = { covered: "Proven complete", gap: "Gap: not proven complete", pruned: "Pruned" };
const LANE = 28;
const STRIP = 20;

export class Timeline {
  constructor(data, clock, axis, filters, names) {
    Object.assign(this, { data, clock, axis, filters, names, limit: ROWS.lanes });
    this.rows = el("div", { class: "rows", "data-chart": "timeline" });
    this.selection = el("div", { class: "selection", hidden: true });
    this.place = el("div", { class: "timeline" }, this.rows, this.selection);
    this.gaps = data.scopes.flatMap((scope) => scope.gaps.map(([start, end]) => [start === null ? axis[0] : clock.wall(start), end === null ? axis[1] : clock.wall(end)]));
    filters.subscribe(() => this.draw());
    new ResizeObserver(() => this.width !== this.rows.clientWidth && this.draw()).observe(this.rows);
    this.listen();
  }

  get field() {
    const wanted = this.filters.get("lanes");
    if (TITLES[wanted]) return wanted;
    return this.data.totals.ranked.actor.distinct ? "actor" : "target";
  }

  // The time that is shown: that of the filters, if there is one.
  get range() {
    const [from, to] = ["from", "to"].map((name) => parse(this.filters.get(name)));
    const start = Math.max(this.axis[0], Math.min(from ?? this.axis[0], this.axis[1] - 1000));
    return [start, Math.max(start + 1000, Math.min(to ?? this.axis[1], this.axis[1]))];
  }

  draw() {
    this.width = this.rows.clientWidth;
    if (!this.width) return;
    const narrow = this.width < 620;
    this.place.classList.toggle("narrow", narrow);
    this.plot = Math.max(120, narrow ? this.width : this.width - 216);
    this.longest = narrow ? Math.floor(this.width / 8) : 28;
    const lanes = this.lanes();
    const scopes = this.data.stored ? this.data.scopes.slice(0, ROWS.coverage) : [];
    const rest = this.data.scopes.length + this.data.more_scopes - scopes.length;
    this.rows.replaceChildren(
      ...scopes.map((scope) => this.coverage(scope)),
      this.data.stored && rest > 0 ? el("p", { class: "note" }, `${plural(rest, "more scope")}, with fewer gaps or none.`) : "",
      ...lanes.map((lane) => this.lane(lane)), this.axisRow());
  }

  lanes() {
    const { data, field, axis, limit } = this;
    if (data.lanes) return lanesOfCounts(data.lanes, field, axis, limit);
    const listed = this.filters.apply(["from", "to"]).filter((record) => record.start !== null && record.start >= axis[0] && record.start <= axis[1]);
    return lanesOf(listed, field, limit, data.names);
  }

  x(time) {
    const [first, last] = this.range;
    return ((time - first) / (last - first)) * this.plot;
  }

  // A part of the line between two times, as a rectangle; null if it is not visible.
  part([from, to], properties, words) {
    const [left, right] = [Math.max(0, this.x(from)), Math.min(this.plot, this.x(to))];
    if (right < 0 || left > this.plot) return null;
    return svg("rect", { x: left, width: Math.max(2, right - left), ...properties }, words ? title(words) : null);
  }

  canvas(height, ...children) {
    return svg("svg", { class: "plot", width: this.plot, height, "aria-hidden": "true" }, ...children);
  }

  grid(height) {
    return ticks(this.range, this.plot).map(({ at }) => svg("line", { x1: this.x(at), x2: this.x(at), y1: 0, y2: height, class: "grid" }));
  }

  coverage(scope) {
    const wall = (time, open) => (time === null ? open : this.clock.wall(time));
    const pruned = scope.pruned.spans.map(([start, end]) => [start, end, null, "pruned"]);
    const spans = [...scope.covered.map((each) => [...each, "covered"]), ...pruned, ...scope.gaps.map((each) => [...each, "gap"])];
    const label = `${scope.scope ? this.names.scope(scope.source, scope.scope) : "nothing archived"}`;
    const parts = spans.map(([start, end, more, kind]) => {
      const times = [wall(start, this.axis[0]), wall(end, this.axis[1])];
      const why = kind === "gap" ? (more ?? []).join(", ").replaceAll("_", " ") : more !== null && `as listed on ${day(this.clock.wall(more))}`;
      const words = `${KINDS[kind]}${why ? `, ${why}` : ""}\n${stamp(times[0])} to ${stamp(times[1])}`;
      return this.part(times, { y: 5, height: 10, rx: 2, class: `fill-${kind}${kind === "covered" && why ? " late" : ""}` }, words);
    });
    const words = scope.gaps.length ? plural(scope.gaps.length, "gap") : "no gap";
    return el("div", { class: "row strip" },
      el("span", { class: "lane", title: `${sourceName(scope.source)}, ${label}` }, cut(label, this.longest), el("span", { class: "hidden" }, `: ${words}`)),
      this.canvas(STRIP, ...this.grid(STRIP), ...parts));
  }

  lane(lane) {
    const { field, data } = this;
    const text = lane.others ? `${count(lane.others)} others` : lane.name === null ? "not named" : field === "scope" ? this.scopeName(lane.name) : lane.name;
    const number = sum(lane.events.map((event) => sum(event.counts)));
    const inside = [cut(text, this.longest), el("span", { class: "hidden" }, `: ${plural(number, "record")}`)];
    const name = lane.others ? el("span", { class: "lane" }, ...inside)
      : el("button", { type: "button", class: "lane", title: text, onclick: () => this.filters.set({ [FILTER[field]]: named(lane.name) }) }, ...inside);
    const bands = this.gaps.map((gap) => this.part(gap, { y: 0, height: LANE, class: "band" }));
    const marks = cluster(lane.events, this.range, this.plot).map((mark) => drawMark(mark, LANE / 2, data.names, (chosen) => this.choose(chosen, lane)));
    return el("div", { class: "row" }, name, this.canvas(LANE, ...bands, ...this.grid(LANE), ...marks));
  }

  scopeName(text) {
    const source = this.data.scopes.find((scope) => scope.scope === text)?.source;
    return source ? this.names.scope(source, text) : text;
  }

  axisRow() {
    const labels = ticks(this.range, this.plot).map(({ at, label }) => {
      const x = this.x(at);
      const anchor = x < 30 ? "start" : x > this.plot - 30 ? "end" : "middle";
      return svg("text", { x: anchor === "start" ? Math.max(0, x) : Math.min(this.plot, x), y: 14, class: "tick", "text-anchor": anchor }, label);
    });
    return el("div", { class: "row axis" }, el("span", { class: "lane" }), this.canvas(20, ...labels));
  }

  choose(mark, lane) {
    if (this.moved) return;
    if (mark.record) {
      this.filters.set({ record: mark.record.id });
    } else {
      const own = lane.others ? {} : { [FILTER[this.field]]: named(lane.name) };
      // Seconds are all that the address has.
      this.filters.set({ ...own, from: stamp(mark.start), to: stamp(Math.floor(mark.end / 1000) * 1000 + 1000) });
    }
    document.getElementById("records").scrollIntoView({ block: "start" });
  }

  show([start, end]) {
    const whole = start <= this.axis[0] && end >= this.axis[1];
    this.filters.set(whole ? { from: null, to: null } : { from: stamp(start), to: stamp(Math.max(end, start + 1000)) });
  }

  // A factor of 0.5 zooms in, 2 zooms out; aside moves by a share of the visible time.
  zoom(factor, aside = 0) {
    const [start, end] = this.range;
    const whole = this.axis[1] - this.axis[0];
    const length = Math.min(whole, (end - start) * factor);
    const first = (start + end) / 2 - length / 2 + aside * length;
    const from = Math.min(Math.max(this.axis[0], first), this.axis[1] - length);
    this.show([from, from + length]);
  }

  // A time that is drawn over the lanes is the new range.
  listen() {
    let from = null;
    const at = (event) => {
      const box = this.rows.querySelector(".plot")?.getBoundingClientRect();
      return box && Math.min(Math.max(0, event.clientX - box.left), this.plot);
    };
    this.rows.addEventListener("pointerdown", (event) => {
      this.moved = false;
      from = event.button === 0 && event.target.closest(".plot") ? at(event) : null;
    });
    window.addEventListener("pointermove", (event) => {
      if (from === null || Math.abs(at(event) - from) < 6) return;
      this.moved = true;
      const offset = this.place.classList.contains("narrow") ? 0 : this.width - this.plot;
      Object.assign(this.selection.style, { left: `${offset + Math.min(from, at(event))}px`, width: `${Math.abs(at(event) - from)}px` });
      this.selection.hidden = false;
    });
    window.addEventListener("pointerup", (event) => {
      if (from !== null && this.moved) {
        const [first, last] = this.range;
        this.show([from, at(event)].sort((one, other) => one - other).map((x) => first + ((last - first) * x) / this.plot));
      }
      from = null;
      this.selection.hidden = true;
    });
  }

  controls() {
    const choice = Object.entries(TITLES).map(([field, text]) => el("button", { type: "button", "data-lanes": field, onclick: () => this.filters.set({ lanes: field }) }, text));
    const follow = () => choice.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.lanes === this.field)));
    this.filters.subscribe(follow);
    follow();
    const step = (text, label, ...how) => el("button", { type: "button", "aria-label": label, title: label, onclick: () => this.zoom(...how) }, text);
    return el("div", { class: "controls" },
      el("div", { class: "segments", role: "group", "aria-label": "Lanes of the timeline" }, ...choice),
      el("div", { class: "segments", role: "group", "aria-label": "Time of the timeline" },
        step("←", "Earlier", 1, -0.5), step("−", "Zoom out", 2), step("+", "Zoom in", 0.5), step("→", "Later", 1, 0.5),
        el("button", { type: "button", onclick: () => this.show(this.axis) }, "All")));
  }

  print(on) {
    this.limit = on ? ROWS.printed : ROWS.lanes;
    this.draw();
  }
}
