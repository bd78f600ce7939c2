// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Apache ECharts with the parts that are used, and what all charts share.

import { BarChart, CustomChart, LineChart } from "echarts/charts";
import { DataZoomInsideComponent, DataZoomSliderComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { el } from "../dom.js";
import { color } from "../theme.js";

use([
  BarChart, CustomChart, LineChart, DataZoomInsideComponent, DataZoomSliderComponent, GridComponent, TooltipComponent, CanvasRenderer,
]);

const charts = [];

// A chart in a place of its own; "option" makes its option anew, for another theme.
export class Chart {
  constructor(name, label, height, option) {
    this.place = el("div", { class: "chart", role: "img", "aria-label": label, "data-chart": name });
    this.place.style.height = `${height}px`;
    this.option = option;
    charts.push(this);
  }

  // To be called once the place is in the page.
  start() {
    this.chart = init(this.place, null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio), useCoarsePointer: true });
    this.draw();
  }

  draw() {
    if (this.chart) this.chart.setOption(common(this.option(this.place.clientWidth)), { notMerge: true });
  }

  setHeight(height) {
    this.place.style.height = `${height}px`;
    this.chart?.resize();
  }

  resize() {
    this.chart?.resize();
    this.draw();
  }
}

export function redraw() {
  for (const chart of charts) chart.draw();
}

export function resize() {
  for (const chart of charts) chart.resize();
}

export function startAll() {
  for (const chart of charts) chart.start();
  let width = document.documentElement.clientWidth;
  window.addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    resize();
  });
}

export function outcomeColors(names) {
  return names.map((name) => color(name));
}

// Braces have a meaning in a tooltip's text; no text of a record may use it.
export function plain(text) {
  return String(text).replace(/[{}|]/g, (mark) => ({ "{": "(", "}": ")", "|": "/" })[mark]);
}

function common(option) {
  const font = getComputedStyle(document.body).fontFamily;
  return {
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: font, color: color("text") },
    ...option,
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: color("raised"), borderColor: color("line"), borderWidth: 1, padding: [8, 10],
      textStyle: { color: color("text"), fontSize: 12, lineHeight: 18, fontFamily: font }, extraCssText: "", ...option.tooltip,
    },
  };
}

export function categoryAxis(data, more = {}) {
  return {
    type: "category", data, axisTick: { show: false }, axisLine: { lineStyle: { color: color("line") } },
    axisLabel: { color: color("muted"), hideOverlap: true, fontSize: 12, ...more.axisLabel },
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== "axisLabel")),
  };
}

export function valueAxis(more = {}) {
  return {
    type: "value", minInterval: 1, splitNumber: 4, axisLabel: { color: color("muted"), fontSize: 12, ...more.axisLabel },
    splitLine: { lineStyle: { color: color("grid") } },
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== "axisLabel")),
  };
}

export function timeAxis(axis, more = {}) {
  return {
    type: "time", min: axis[0], max: axis[1], splitLine: { show: true, lineStyle: { color: color("grid") } },
    axisLine: { lineStyle: { color: color("line") } }, axisTick: { show: false },
    axisLabel: {
      color: color("muted"), hideOverlap: true, fontSize: 12,
      formatter: { year: "{yyyy}", month: "{yyyy}-{MM}", day: "{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}", millisecond: "{HH}:{mm}:{ss}" },
    },
    ...more,
  };
}
