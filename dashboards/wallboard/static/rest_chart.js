// The rest of a day as three small charts on one axis, drawn by hand: they follow a slider.

import { h, svg } from "./dom.js";
import * as f from "./format.js";
import { t } from "./texts.js";

const HEIGHT = 100;
const HOUR = 3600000;
const PANELS = [
  { name: "level", top: () => 1, figure: (value) => f.percent(value), low: "projected_low", high: "projected_high", lines: [["projected_service_level", "main"]] },
  { name: "volume", top: highest("reforecast_high", "forecast_offered"), figure: (value) => f.number(value), low: "reforecast_low", high: "reforecast_high", lines: [["forecast_offered", "plan"], ["reforecast_offered", "main"]] },
  { name: "agents", top: highest("required_agents", "scheduled_agents", "expected_agents"), figure: (value) => f.number(value), lines: [["scheduled_agents", "plan"], ["expected_agents", "main"], ["required_agents", "need"]] },
];

function highest(...names) {
  return (intervals) => Math.max(1, ...intervals.flatMap((one) => names.map((name) => one[name] ?? 0))) * 1.08;
}

export class RestChart {
  constructor() {
    this.panels = PANELS.map((panel) => new Panel(panel));
    this.hours = h("div", { class: "rest-hours", "aria-hidden": "true" });
    this.element = h("div", { class: "rest-chart", role: "img" }, ...this.panels.map((panel) => panel.element), this.hours);
  }

  // `before` is the day as it goes; `after`, where somebody asks what if, the same under the change.
  show(before, after = null) {
    const intervals = before.intervals;
    this.element.hidden = !intervals.length;
    if (!intervals.length) return;
    const step = before.interval_seconds * 1000;
    const begin = Date.parse(intervals[0].interval_start);
    const end = Date.parse(intervals.at(-1).interval_start) + step;
    const axis = { begin, end, step };
    for (const panel of this.panels) panel.show(axis, before, after);
    const key = `${begin} ${end} ${document.documentElement.lang}`;
    if (key === this.key) return;
    this.key = key;
    this.element.setAttribute("aria-label", t("rest.chart", { from: f.clock(begin, before.timezone), to: f.clock(end, before.timezone) }));
    const every = Math.max(1, Math.ceil((end - begin) / HOUR / 12)) * HOUR;
    const first = Math.ceil(begin / HOUR) * HOUR;
    this.hours.replaceChildren(...Array.from({ length: Math.max(0, Math.ceil((end - first) / every)) }, (_, place) => first + place * every).map((at) => h("span", { style: { left: `${(100 * (at - begin)) / (end - begin)}%` } }, f.clock(at, before.timezone))));
  }
}

class Panel {
  constructor(panel) {
    this.panel = panel;
    const path = (kind) => svg("path", { class: `r-${kind}` });
    this.range = svg("rect", { class: "r-range", x: "0", width: "100%" });
    this.target = svg("line", { class: "r-target", x1: "0", x2: "100%" });
    this.band = path("band");
    this.paths = panel.lines.map(([, kind]) => [path(`${kind} was`), path(kind)]);
    this.lines = svg("svg", { viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: "none" }, panel.name === "level" ? this.range : null, panel.name === "level" ? this.target : null, this.band, ...this.paths.flat());
    this.most = h("span", { class: "r-most" });
    this.element = h("div", { class: "rest-panel", "data-panel": panel.name, "aria-hidden": "true" }, h("p", { class: "r-title" }, h("strong", {}, t(`rest.${panel.name}`)), ...panel.lines.map(([name, kind]) => h("span", { class: `r-key k-${kind}` }, t(`rest.line.${name}`)))), h("div", { class: "r-plot" }, this.most, this.lines));
  }

  show(axis, before, after) {
    const { panel } = this;
    const shown = after ?? before;
    const top = panel.top([...before.intervals, ...(after?.intervals ?? [])]);
    const y = (value) => HEIGHT * (1 - Math.min(value, top) / top);
    const x = (start) => (1000 * (start - axis.begin)) / (axis.end - axis.begin);
    this.most.textContent = panel.figure(top);
    const path = (day, name) => steps(day.intervals, (one) => one[name], x, y, axis.step);
    for (const [place, [name]] of panel.lines.entries()) {
      const [was, is] = this.paths[place];
      was.setAttribute("d", after ? path(before, name) : "");
      is.setAttribute("d", path(shown, name));
    }
    if (panel.low) this.band.setAttribute("d", area(shown.intervals, panel, x, y, axis.step));
    if (panel.name !== "level") return;
    const { range_low: low, target } = before;
    this.range.setAttribute("y", low == null ? HEIGHT : 0);
    this.range.setAttribute("height", low == null ? 0 : y(low));
    this.target.setAttribute("visibility", target == null ? "hidden" : "visible");
    for (const end of ["y1", "y2"]) this.target.setAttribute(end, y(target ?? 0));
  }
}

// A line that is level within an interval, with a gap where there is no figure.
function steps(intervals, figure, x, y, step) {
  let path = "";
  let open = false;
  for (const one of intervals) {
    const value = figure(one);
    if (value == null) {
      open = false;
      continue;
    }
    const start = Date.parse(one.interval_start);
    path += `${open ? "L" : "M"}${x(start).toFixed(1)} ${y(value).toFixed(1)}H${x(start + step).toFixed(1)}`;
    open = true;
  }
  return path;
}

function area(intervals, { low, high }, x, y, step) {
  return intervals
    .filter((one) => one[low] != null && one[high] != null)
    .map((one) => {
      const [left, right] = [0, step].map((more) => x(Date.parse(one.interval_start) + more).toFixed(1));
      return `M${left} ${y(one[low]).toFixed(1)}V${y(one[high]).toFixed(1)}H${right}V${y(one[low]).toFixed(1)}z`;
    })
    .join("");
}
