// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// A part of the page: a heading, a chart, and the chart's figures as a table for readers who cannot see or click it.

import { el } from "./dom.js";

let numbers = 0;

export function panel({ title, note, chart, body, figures, controls, legend, wide = false, id }) {
  const heading = `heading-${numbers += 1}`;
  return el("section", { class: `panel${wide ? " wide" : ""}`, "aria-labelledby": heading, id },
    el("div", { class: "title" }, el("h2", { id: heading }, title), controls),
    note ? el("p", { class: "note" }, note) : null, legend, chart?.place, body, figures ? table(figures) : null);
}

function table({ caption, head, rows, choose }) {
  const inside = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption });
  const details = el("details", { class: "figures" }, el("summary", {}, `${caption} as a table`), inside);
  details.addEventListener("toggle", () => {
    if (inside.firstChild) return;
    const first = (text, row) => (choose ? el("button", { type: "button", class: "link", onclick: () => choose(row) }, text) : text);
    inside.append(el("table", {},
      el("caption", { class: "hidden" }, caption),
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, ...rows.map((cells, row) => el("tr", {},
        el("th", { scope: "row" }, first(cells[0], row)), ...cells.slice(1).map((text) => el("td", {}, text)))))));
  });
  return details;
}
