// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The records as a table that can be sorted, searched and filtered.

import { SOURCES, sourceName } from "./data.js";
import { count, el, plural } from "./dom.js";
import { between, equals } from "./filters.js";
import { duration, stamp } from "./time.js";

const COLUMNS = [
  { name: "Began", key: "start", cell: (record) => (record.start === null ? "" : stamp(record.start)), first: -1 },
  { name: "Took", key: "lasted", cell: (record) => duration(record.lasted), first: -1, class: "number" },
  { name: "Outcome", key: "outcome", cell: outcome },
  { name: "Source", key: "source", cell: (record) => sourceName(record.source) },
  { name: "Actor", key: "actor", cell: (record) => record.actor ?? "" },
  { name: "Target", key: "target", cell: (record) => record.target ?? "" },
  { name: "What", key: "summary", cell: (record) => record.summary ?? record.kind ?? "", class: "what" },
  { name: "ID", key: "id", cell: (record) => record.id, class: "id" },
];
const SIZES = [25, 100, 500];
const PRINTED = 200;

// The outcome in the words of all sources, and below it the state in the source's own.
function outcome(record) {
  return el("div", {},
    el("span", { class: "pill" }, el("i", { class: `dot ${record.outcome}` }), record.outcome),
    record.state ? el("div", { class: "own" }, record.state) : null);
}

export class Table {
  constructor(data, records, filters) {
    this.records = records;
    this.filters = filters;
    this.sorted = { column: COLUMNS[0], direction: -1 };
    this.page = 0;
    this.size = SIZES[0];
    this.body = el("tbody");
    this.status = el("p", { class: "status", role: "status", id: "status" });
    this.chips = el("div", { class: "chips", id: "chips" });
    this.pages = el("nav", { class: "pages", "aria-label": "Pages of the table" });
    this.form = this.makeForm(data);
    this.heads = COLUMNS.map((column) => el("th", { scope: "col", "aria-sort": "none", class: column.class },
      el("button", { type: "button", onclick: () => this.sort(column) }, column.name, el("span", { class: "arrow", "aria-hidden": "true" }))));
    filters.subscribe(() => this.refresh());
    for (const record of records) {
      record.text = [record.id, record.state, record.outcome, sourceName(record.source), record.actor, record.target, record.summary, record.kind, record.scope]
        .filter(Boolean).join("\n").toLowerCase();
    }
  }

  element() {
    return el("div", {}, this.form, this.chips, this.status,
      el("div", { class: "scroll records", tabindex: "0", role: "region", "aria-label": "Records" },
        el("table", { id: "table" }, el("caption", { class: "hidden" }, "Records"), el("thead", {}, el("tr", {}, ...this.heads)), this.body)),
      this.pages);
  }

  makeForm(data) {
    const used = (field) => [...new Set(this.records.map((record) => record[field]))];
    const order = (field, all) => all.filter((value) => used(field).includes(value));
    const select = (id, label, field, values, name) => el("label", { for: id }, label, el("select", {
      id, "data-field": field, onchange: (event) => {
        const value = event.target.value;
        this.filters.set(field, value ? equals(field, value, name(value)) : null, this);
      },
    }, el("option", { value: "" }, "all"), ...values.map((value) => el("option", { value }, name(value)))));
    const time = (id, label) => el("label", { for: id }, label, el("input", { id, type: "datetime-local", step: "1", onchange: () => this.setTimes() }));
    return el("form", { class: "filters", role: "search", "aria-label": "Filter the records", onsubmit: (event) => event.preventDefault() },
      el("label", { class: "grow", for: "search" }, "Search", el("input", { id: "search", type: "search", autocomplete: "off", oninput: (event) => this.search(event.target.value) })),
      select("filter-outcome", "Outcome", "outcome", order("outcome", data.names), (name) => name),
      select("filter-source", "Source", "source", order("source", Object.keys(SOURCES)), sourceName),
      time("filter-from", "From"), time("filter-to", "To"));
  }

  search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const filter = { label: `search: ${text.trim()}`, test: (record) => words.every((word) => record.text.includes(word)) };
    this.filters.set("search", words.length ? filter : null, this);
  }

  setTimes() {
    const [from, to] = ["#filter-from", "#filter-to"].map((id) => this.form.querySelector(id).value);
    if (!from && !to) return this.filters.set("time", null, this);
    const read = (text, open) => (text ? Date.parse(`${text}Z`) : open);
    const [start, end] = [read(from, -Infinity), read(to, Infinity)];
    const label = `${from ? stamp(start) : "the beginning"} – ${to ? stamp(end) : "the end"}`;
    return this.filters.set("time", between(start, end, label), this);
  }

  sort(column) {
    const again = this.sorted.column === column;
    this.sorted = { column, direction: again ? -this.sorted.direction : column.first ?? 1 };
    this.refresh();
  }

  refresh() {
    this.page = 0;
    const { column: { key }, direction } = this.sorted;
    this.found = this.filters.apply(this.records).sort((one, other) => {
      const a = one[key] ?? null;
      const b = other[key] ?? null;
      // Unknown values come last in both directions.
      if (a === null || b === null) return (a === null) - (b === null) || one.index - other.index;
      return (a < b ? -direction : a > b ? direction : 0) || one.index - other.index;
    });
    this.heads.forEach((head, index) => {
      const sorted = COLUMNS[index] === this.sorted.column;
      head.setAttribute("aria-sort", sorted ? (direction > 0 ? "ascending" : "descending") : "none");
    });
    this.follow();
    this.draw();
  }

  // The form and the chips show what charts have set.
  follow() {
    for (const select of this.form.querySelectorAll("select")) select.value = this.filters.get(select.dataset.field)?.value ?? "";
    if (!this.filters.get("search") && document.activeElement?.id !== "search") this.form.querySelector("#search").value = "";
    const time = this.filters.get("time");
    const text = (wall) => (time && Number.isFinite(wall) ? stamp(wall).replace(" ", "T") : "");
    this.form.querySelector("#filter-from").value = text(time?.start);
    this.form.querySelector("#filter-to").value = text(time?.end);
    const chips = this.filters.entries().map(([name, filter]) => el("button", {
      type: "button", class: "chip", "aria-label": `Remove the filter: ${filter.label}`, onclick: () => this.remove(name),
    }, filter.label, el("span", { "aria-hidden": "true" }, "×")));
    if (chips.length > 1) chips.push(el("button", { type: "button", class: "link", onclick: () => this.remove(null) }, "Remove all filters"));
    this.chips.replaceChildren(...chips);
  }

  remove(name) {
    const search = this.form.querySelector("#search");
    if (name === null || name === "search") search.value = "";
    if (name === null) this.filters.clear();
    else this.filters.set(name, null);
    search.focus({ preventScroll: true });
  }

  draw(limit = this.size) {
    const from = this.page * limit;
    const shown = this.found.slice(from, from + limit);
    this.body.replaceChildren(...shown.map((record) => el("tr", {}, ...COLUMNS.map((column) => el("td", { class: column.class }, column.cell(record))))));
    const range = shown.length < this.found.length ? `${count(from + 1)}–${count(from + shown.length)} of ` : "";
    const of = this.found.length < this.records.length ? ` of ${count(this.records.length)}` : "";
    this.status.textContent = this.found.length ? `${range}${plural(this.found.length, "record")}${of && ` that match,${of} in the table`}` : "No record matches these filters.";
    this.turner(limit);
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

  // Print more rows: paper has no pages to turn.
  print(on) {
    if (on) this.page = 0;
    this.draw(on ? PRINTED : this.size);
  }
}
