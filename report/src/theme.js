// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Light or dark: as in the system's settings, or as chosen with the switch. Charts take their colours from the style sheet.

import { el, icon } from "./dom.js";

const MOON = "M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export class Theme {
  constructor() {
    this.listeners = [];
    dark.addEventListener("change", () => this.notify());
  }

  get isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : dark.matches;
  }

  subscribe(listener) {
    this.listeners.push(listener);
  }

  notify() {
    this.button?.setAttribute("aria-pressed", String(this.isDark));
    for (const listener of this.listeners) listener();
  }

  choose(name) {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
    this.notify();
  }

  control() {
    this.button = el("button", {
      type: "button", class: "quiet", "aria-pressed": String(this.isDark), onclick: () => this.choose(this.isDark ? "light" : "dark"),
    }, icon(MOON), "Dark");
    return this.button;
  }
}

export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
