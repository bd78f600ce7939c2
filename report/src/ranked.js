// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The most frequent actors, targets or scopes: each a button that shows its records.

import { sum } from "./data.js";
import { count, el } from "./dom.js";
import { equals } from "./filters.js";

export function ranked(data, field, filters) {
  const { most, distinct } = data.totals.ranked[field];
  const largest = most.length ? sum(most[0][1]) : 1;
  const list = el("ol", { class: "ranked" }, ...most.map(([name, counts]) => {
    const bar = el("span", { class: "bar", "aria-hidden": "true" }, ...data.names.map((outcome, index) => {
      if (!counts[index]) return null;
      const part = el("i", { class: outcome });
      part.style.flexGrow = counts[index];
      return part;
    }));
    bar.style.width = `${(100 * sum(counts)) / largest}%`;
    const told = data.names.map((outcome, index) => (counts[index] ? `${outcome} ${count(counts[index])}` : null)).filter(Boolean).join(", ");
    const shown = name ?? "not told";
    return el("li", {}, el("button", {
      type: "button", title: `${shown}: ${told}`, onclick: () => filters.set(field, equals(field, name, `${field} ${shown}`)),
    }, el("span", { class: "who" }, shown), el("span", { class: "count" }, count(sum(counts)), el("span", { class: "hidden" }, ` records: ${told}`)), bar));
  }));
  const more = distinct - most.filter(([name]) => name !== null).length;
  return el("div", {}, list, more > 0 ? el("p", { class: "note" }, `and ${count(more)} more`) : null);
}
