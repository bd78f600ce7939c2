// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The most frequent actors, targets or scopes: each a button that shows its records.

import { sum } from "./data.js";
import { count, cut, el, plural } from "./dom.js";

const LONGEST = 44;

export function ranked(data, field, choose, nameOf) {
  const { most, distinct, unnamed } = data.totals.ranked[field];
  const largest = most.length ? sum(most[0][1]) : 1;
  const list = el("ol", { class: "ranked" }, ...most.map(([name, counts]) => {
    const bar = el("span", { class: "bar", "aria-hidden": "true" }, ...data.names.map((outcome, index) => {
      if (!counts[index]) return null;
      const part = el("i", { class: outcome });
      part.style.flexGrow = counts[index];
      return part;
    }));
    bar.style.width = `${(100 * sum(counts)) / largest}%`;
    const counted = data.names.map((outcome, index) => (counts[index] ? `${outcome} ${count(counts[index])}` : null)).filter(Boolean).join(", ");
    return el("li", {}, el("button", { type: "button", title: `${nameOf(name)}: ${counted}`, onclick: () => choose(name) },
      el("span", { class: "who" }, cut(nameOf(name), LONGEST)),
      el("span", { class: "count" }, count(sum(counts)), el("span", { class: "hidden" }, ` records: ${counted}`)), bar));
  }));
  const notes = [];
  if (distinct > most.length) notes.push(`And ${count(distinct - most.length)} more.`);
  if (unnamed) notes.push(`${plural(unnamed, "record")} ${unnamed === 1 ? "names" : "name"} none.`);
  return el("div", {}, list, notes.length ? el("p", { class: "note" }, notes.join(" ")) : null);
}
