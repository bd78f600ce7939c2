// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// A part of the page: a heading, a chart, and the chart's figures as a table for readers who cannot see or click it.

import { el } from "./dom.js";

let numbers = 0;

export function panel({ title, note, chart, body, figures, controls, legend, wide = false, extra = false, id }) {
  const heading = `heading-${numbers += 1}`;
  return el("section", { class: `panel${wide ? " wide" : ""}${extra ? " extra" : ""}`, "aria-labelledby": heading, id },
    el("div", { class: "title" }, el("h2", { id: heading }, title), controls),
    note ? el("p", { class: "note" }, note) : null, legend, chart, body, figures ? fold(figures) : null);
}

// A table of figures. The first cell of a row is a button if "choose" shows the row's records.
export function table({ caption, head, rows, choose }) {
  const first = (text, row) => (choose ? el("button", { type: "button", class: "link", onclick: () => choose(row) }, text) : text);
  return el("table", {},
    el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, ...rows.map((cells, row) => el("tr", {},
      el("th", { scope: "row" }, first(cells[0], row)), ...cells.slice(1).map((text) => el("td", {}, text))))));
}

function fold(figures) {
  const inside = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": figures.caption });
  const details = el("details", { class: "figures" }, el("summary", {}, `${figures.caption} as a table`), inside);
  // Made when it is first opened.
  details.addEventListener("toggle", () => inside.firstChild || inside.append(table(figures)));
  return details;
}
