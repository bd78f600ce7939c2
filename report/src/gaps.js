// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The gaps as a table: where, from when to when, and why.

import { count, cut, el, plural } from "./dom.js";
import { sourceName } from "./names.js";
import { table } from "./panel.js";
import { duration, stamp } from "./time.js";
import { gapsOf } from "./verdict.js";

const SHOWN = 12;

export function gapTable(data, clock, names) {
  const gaps = gapsOf(data, clock);
  const all = data.gap_count;
  if (!data.stored || !gaps.length) return null;
  const rows = gaps.map((gap) => [
    sourceName(gap.source), gap.scope ? cut(names.scope(gap.source, gap.scope), 60) : "nothing archived", gap.start === null ? "the beginning" : stamp(gap.start),
    gap.end === null ? "now" : stamp(gap.end), gap.length === Infinity ? "" : duration(gap.length), gap.reasons || "not read yet",
  ]);
  const make = (some) => table({ caption: "Gaps", head: ["Source", "Scope", "From", "To", "Length", "Why"], rows: some });
  const inside = el("div", { class: "scroll gaps", tabindex: "0", role: "region", "aria-label": "Table of gaps" }, make(rows.slice(0, SHOWN)));
  const more = rows.length > SHOWN ? el("button", {
    type: "button", class: "link", onclick: (event) => {
      inside.replaceChildren(make(rows));
      event.target.remove();
      inside.focus();
    },
  }, `Show all ${plural(rows.length, "gap")}`) : null;
  const hidden = all > rows.length ? el("p", { class: "note" }, `${count(all - rows.length)} more are in no page; the task returns all of them.`) : null;
  return el("div", {}, inside, more, hidden);
}
