// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Columns of counts, stacked by outcome, with each column's figures where there is room.

import { sum } from "../data.js";
import { brief, count, el, share, svg, title } from "../dom.js";

const HEIGHT = { screen: 190, paper: 110 };
const TOP = 18;
const LABEL = 64;

// The next round number: 1, 2 or 5 with zeros.
function round(number) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, number)));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= number);
}

export class Columns {
  // columns: {label, short, counts} of each; choose(index, outcome) shows the records of a column.
  constructor(name, label, names, columns, choose) {
    Object.assign(this, { names, columns, choose, height: HEIGHT.screen });
    this.place = el("div", { class: "chart", "data-chart": name, role: "img", "aria-label": label });
    new ResizeObserver(() => this.width !== this.place.clientWidth && this.draw()).observe(this.place);
  }

  draw() {
    this.width = this.place.clientWidth;
    if (!this.width) return;
    const top = round(Math.max(1, ...this.columns.map(({ counts }) => sum(counts))));
    const left = 8 + 7 * count(top).length;
    const room = this.width - left;
    const step = room / Math.max(1, this.columns.length);
    const scale = (this.height - TOP) / top;
    const lines = [0, 0.5, 1].filter((part) => part !== 0.5 || top > 1).map((part) => svg("g", {},
      svg("line", { x1: left, x2: this.width, y1: this.height - part * top * scale, y2: this.height - part * top * scale, class: "grid" }),
      svg("text", { x: left - 6, y: this.height - part * top * scale + 4, class: "tick", "text-anchor": "end" }, count(part * top))));
    const every = Math.max(1, Math.ceil(LABEL / step));
    const bars = this.columns.map((column, index) => this.column(column, index, left + index * step, step, scale, index % every === 0));
    this.place.replaceChildren(svg("svg", { width: this.width, height: this.height + 22, "aria-hidden": "true" }, ...lines, ...bars));
  }

  column({ label, short, counts }, index, x, step, scale, labelled) {
    const width = Math.min(44, Math.max(1, step * 0.76));
    const left = x + (step - width) / 2;
    const all = sum(counts);
    let y = this.height;
    const parts = this.names.map((name, outcome) => {
      if (!counts[outcome]) return null;
      const height = counts[outcome] * scale;
      y -= height;
      const words = `${label}\n${name}: ${count(counts[outcome])} of ${count(all)} (${share(counts[outcome], all)})`;
      return svg("rect", { x: left, y, width, height: Math.max(1, height), class: `bar fill-${name}`, "data-outcome": name, onclick: () => this.choose(index, name) }, title(words));
    });
    return svg("g", {}, ...parts,
      all && step >= 22 ? svg("text", { x: x + step / 2, y: y - 4, class: "tick", "text-anchor": "middle" }, step < 34 ? brief(all) : count(all)) : null,
      labelled ? svg("text", { x: x + step / 2, y: this.height + 16, class: "tick", "text-anchor": "middle" }, short) : null);
  }

  print(on) {
    this.height = on ? HEIGHT.paper : HEIGHT.screen;
    this.draw();
  }
}
