// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// On paper: light, as wide as the paper, and more rows at once.

import { redraw, resize } from "./charts/base.js";

export function whenPrinting(theme, timeline, table) {
  let before = null;
  const print = (on) => {
    if (on === (before !== null)) return;
    document.documentElement.toggleAttribute("data-paper", on);
    if (on) {
      before = { theme: document.documentElement.dataset.theme };
      theme.choose("light");
    } else {
      theme.choose(before.theme);
      before = null;
    }
    table.print(on);
    timeline.print(on);
    resize();
    redraw();
  };
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
  window.matchMedia("print").addEventListener("change", (event) => print(event.matches));
}
