// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The form of the filters, and a chip for each that is set.

import { count, el } from "../dom.js";
import { parse } from "../time.js";
import { sourceName } from "../names.js";

const TEXTS = { text: "Text", who: "Who", connection: "Connection" };
const TIMES = { from: "From", to: "Until" };
const FORMAT = "2026-03-04 02:00";

export class Form {
  constructor(data, records, filters, orders) {
    this.filters = filters;
    this.orders = orders;
    this.problem = el("p", { class: "problem", id: "time-problem", role: "alert" });
    this.chips = el("div", { class: "chips", id: "chips" });
    const used = (field, all) => all.filter((value) => records.some((record) => record[field] === value));
    const outcomes = used("outcome", data.names).map((name) => [name, name]);
    this.element = el("form", { class: "filters", role: "search", "aria-label": "Filter the records", onsubmit: (event) => event.preventDefault() },
      this.input("text", TEXTS.text, { type: "search", class: "grow" }), this.input("who", TEXTS.who, {}), this.input("connection", TEXTS.connection, {}),
      this.select("outcome", "Outcome", [["", "all"], ...outcomes, ["failure,killed,blocked", "all that went wrong"], ["waiting,running,unknown", "open or unknown"]]),
      this.select("source", "Source", [["", "all"], ...used("source", data.sources).map((source) => [source, sourceName(source)])]),
      ...Object.entries(TIMES).map(([name, label]) => this.time(name, label)),
      this.select("sort", "Sort by", orders.map(({ value, label }) => [value, label])));
    filters.subscribe(() => this.follow());
    this.follow();
  }

  input(name, label, { type = "text", class: style }) {
    return el("label", { for: `filter-${name}`, class: style }, label, el("input", {
      id: `filter-${name}`, name, type, autocomplete: "off", spellcheck: "false", oninput: (event) => this.filters.set({ [name]: event.target.value.trim() }),
    }));
  }

  time(name, label) {
    return el("label", { for: `filter-${name}` }, label, el("input", {
      id: `filter-${name}`, name, type: "text", autocomplete: "off", placeholder: FORMAT, "aria-describedby": "time-problem", onchange: (event) => this.setTime(name, event.target),
    }));
  }

  setTime(name, input) {
    const text = input.value.trim();
    const good = !text || parse(text) !== null;
    input.setAttribute("aria-invalid", String(!good));
    this.problem.textContent = good ? "" : `${TIMES[name]}: '${text}' is not a time. Write it like ${FORMAT}, or a day like ${FORMAT.slice(0, 10)}.`;
    if (good) this.filters.set({ [name]: text });
  }

  select(name, label, options) {
    return el("label", { for: `filter-${name}` }, label, el("select", {
      id: `filter-${name}`, name, onchange: (event) => this.filters.set({ [name]: event.target.value }),
    }, ...options.map(([value, text]) => el("option", { value }, text))));
  }

  // The form and the chips show what charts have set.
  follow() {
    for (const field of this.element.elements) {
      const value = this.filters.get(field.name) || (field.name === "sort" ? this.orders[0].value : "");
      if (field !== document.activeElement || field.tagName === "SELECT" || field.value.trim() !== value) field.value = value;
      if (field.getAttribute("aria-invalid") === "true" && parse(value) !== null) {
        field.removeAttribute("aria-invalid");
        this.problem.textContent = "";
      }
    }
    const labels = this.filters.labels();
    const chips = labels.map(([name, label]) => el("button", {
      type: "button", class: "chip", "aria-label": `Remove the filter: ${label}`, onclick: () => this.remove({ [name]: null }),
    }, label, el("span", { "aria-hidden": "true" }, "×")));
    if (chips.length > 1) chips.push(el("button", { type: "button", class: "link", onclick: () => this.remove(null) }, `Remove all ${count(chips.length)} filters`));
    this.chips.replaceChildren(...chips);
  }

  remove(change) {
    if (change) this.filters.set(change);
    else this.filters.clear();
    this.element.querySelector("#filter-text").focus({ preventScroll: true });
  }
}
