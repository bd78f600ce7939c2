// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// On paper: light, as wide as the paper, and either what matters or all records.

export function whenPrinting(theme, whole, parts) {
  let before = null;
  const print = (on) => {
    if (on === (before !== null)) return;
    if (on) {
      document.documentElement.dataset.paper = whole.checked ? "all" : "summary";
      before = { theme: document.documentElement.dataset.theme };
      theme.choose("light");
    } else {
      delete document.documentElement.dataset.paper;
      theme.choose(before.theme);
      before = null;
    }
    for (const part of parts) part.print(on, whole.checked);
  };
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
  window.matchMedia("print").addEventListener("change", (event) => print(event.matches));
}
