// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The records as a table that can be sorted and filtered; on a narrow screen, as a list of cards.

import { WRONG } from "../data.js";
import { count, cut, el, plural } from "../dom.js";
import { sourceName } from "../names.js";
import { duration, stamp } from "../time.js";
import { Form } from "./form.js";

const COLUMNS = [
  { name: "Began", key: "start", cell: (record) => record.began, down: true },
  { name: "Took", key: "lasted", cell: (record) => duration(record.lasted), down: true },
  { name: "Outcome", key: "outcome", cell: outcome },
  { name: "Who", key: "actor", cell: (record, short) => cut(record.actor ?? "", short ? 30 : 40) },
  { name: "Connection", key: "target", cell: (record, short) => cut(record.target ?? "", short ? 28 : 44) },
  { name: "What", key: "summary", cell: (record) => cut(record.summary ?? record.kind ?? "", 160) },
  { name: "Source", key: "source", cell: (record) => sourceName(record.source) },
];
const ORDERS = COLUMNS.flatMap(({ name, key, down }) => {
  const both = [{ value: key, label: `${name} ↑` }, { value: `-${key}`, label: `${name} ↓` }];
  return down ? both.reverse() : both;
});
const SIZES = [25, 100, 500];
// How many rows a summary on paper has: what went wrong first.
const PRINTED = 50;

// The outcome in the words of all sources, and below it the state in the source's own.
function outcome(record) {
  return el("div", {},
    el("span", { class: "pill" }, el("i", { class: `dot ${record.outcome}` }), record.outcome),
    record.state && record.state.toLowerCase() !== record.outcome ? el("span", { class: "own" }, record.state) : null);
}

export class Table {
  constructor(data, records, filters, details) {
    Object.assign(this, { records, filters, details, page: 0, size: SIZES[0], printed: null });
    this.open = new Set();
    this.body = el("tbody", { role: "rowgroup" });
    this.status = el("p", { class: "status", role: "status", id: "status" });
    this.pages = el("nav", { class: "pages", "aria-label": "Pages of the table" });
    for (const record of records) {
      record.began = record.start === null ? "" : stamp(record.start);
      record.text = [record.id, record.state, record.outcome, sourceName(record.source), record.actor, record.target, record.summary, record.kind, record.scope]
        .filter(Boolean).join("\n").toLowerCase();
    }
    this.form = new Form(data, records, filters, ORDERS);
    this.heads = COLUMNS.map((column) => el("th", { scope: "col", role: "columnheader", "aria-sort": "none", class: `c-${column.key}` },
      el("button", { type: "button", onclick: () => this.sort(column) }, column.name, el("span", { class: "arrow", "aria-hidden": "true" }))));
    filters.subscribe(() => this.refresh());
    this.refresh();
  }

  element() {
    return el("div", {}, this.form.element, this.form.problem, this.form.chips, this.status,
      el("div", { class: "records" }, el("table", { id: "table", role: "table", "aria-label": "Records" },
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...this.heads)), this.body)),
      this.pages);
  }

  get order() {
    const wanted = this.filters.get("sort");
    const { value } = ORDERS.find((each) => each.value === wanted) ?? ORDERS[0];
    return { key: value.replace("-", ""), direction: value.startsWith("-") ? -1 : 1 };
  }

  sort(column) {
    const { key, direction } = this.order;
    const down = key === column.key ? direction > 0 : column.down;
    this.filters.set({ sort: down ? `-${column.key}` : column.key });
  }

  refresh() {
    this.page = 0;
    const { key, direction } = this.order;
    this.found = this.filters.apply().sort((one, other) => {
      const a = one[key] ?? null;
      const b = other[key] ?? null;
      // Unknown values come last in both directions.
      if (a === null || b === null) return (a === null) - (b === null) || one.index - other.index;
      return (a < b ? -direction : a > b ? direction : 0) || one.index - other.index;
    });
    this.heads.forEach((head, index) => head.setAttribute("aria-sort", COLUMNS[index].key === key ? (direction > 0 ? "ascending" : "descending") : "none"));
    // A link to one record shows the whole of it.
    if (this.filters.get("record") && this.found.length === 1) this.open.add(this.found[0]);
    this.draw();
  }

  draw() {
    const limit = this.printed ? this.printed.length : this.size;
    const from = this.page * limit;
    const shown = this.printed ?? this.found.slice(from, from + limit);
    this.body.replaceChildren(...shown.flatMap((record) => this.rows(record)));
    const few = this.found.length < this.records.length ? ` that match, of ${count(this.records.length)}` : "";
    const part = shown.length < this.found.length ? `${this.printed ? count(shown.length) : `${count(from + 1)}–${count(from + shown.length)}`} of ` : "";
    this.status.textContent = this.found.length ? `${part}${plural(this.found.length, "record")}${few}` : "No record matches these filters.";
    this.turner(limit);
  }

  rows(record) {
    const open = this.open.has(record) && !this.printed;
    const id = `record-${record.index}`;
    const cells = COLUMNS.map((column, index) => el("td", { role: "cell", class: `c-${column.key}` },
      index ? column.cell(record, this.printed) : el("button", {
        type: "button", class: "opener", "aria-expanded": String(open), "aria-controls": open ? id : null, "aria-label": `Details of the record ${record.began || record.id}`,
        onclick: () => this.toggle(record),
      }, record.began || "unknown")));
    const row = el("tr", { role: "row", "data-record": record.id, "data-index": record.index }, ...cells);
    if (!open) return [row];
    const only = () => this.filters.set({ record: record.id });
    return [row, el("tr", { role: "row", class: "more", id }, el("td", { role: "cell", colspan: COLUMNS.length }, this.details.element(record, only)))];
  }

  toggle(record) {
    if (this.open.has(record)) this.open.delete(record);
    else this.open.add(record);
    const row = [...this.body.rows].find((each) => each.dataset.index === String(record.index));
    const next = row.nextElementSibling;
    if (next?.classList.contains("more")) next.remove();
    const fresh = this.rows(record);
    row.replaceWith(...fresh);
    fresh[0].querySelector(".opener").focus();
  }

  turner(limit) {
    const last = Math.max(0, Math.ceil(this.found.length / limit) - 1);
    const go = (text, label, page, off) => el("button", { type: "button", "aria-label": label, disabled: off, onclick: () => this.turn(page) }, text);
    const sizes = el("select", { id: "size", onchange: (event) => this.resize(Number(event.target.value)) },
      ...[...SIZES, Math.max(1, this.records.length)].map((size, index) => el("option", { value: String(size) }, index === SIZES.length ? "all" : String(size))));
    sizes.value = String(this.size);
    this.pages.replaceChildren(
      el("div", { class: "segments" },
        go("«", "First page", 0, this.page === 0), go("‹", "Previous page", this.page - 1, this.page === 0),
        go("›", "Next page", this.page + 1, this.page === last), go("»", "Last page", last, this.page === last)),
      el("span", {}, `Page ${count(this.page + 1)} of ${count(last + 1)}`), el("label", { for: "size" }, "Rows", sizes));
  }

  turn(page) {
    const label = document.activeElement?.getAttribute("aria-label");
    this.page = page;
    this.draw();
    // The buttons are new: focus the same one again, or the first that is enabled.
    const again = [...this.pages.querySelectorAll("button")].filter((button) => !button.disabled);
    (again.find((button) => button.getAttribute("aria-label") === label) ?? again[0])?.focus();
  }

  resize(size) {
    this.size = size;
    this.page = 0;
    this.draw();
    this.pages.querySelector("#size").focus();
  }

  // Paper has no pages to turn: either all rows that match, or as many as fit, what went wrong first.
  print(on, whole) {
    const wrong = (record) => WRONG.includes(record.outcome);
    const important = [...this.found].sort((one, other) => wrong(other) - wrong(one)).slice(0, PRINTED);
    this.printed = on ? (whole ? this.found : important) : null;
    this.draw();
  }
}
