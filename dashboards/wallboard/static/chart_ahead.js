// The rest of a day in its chart: what is projected stands beside the plan from now to the close of day.

import { t } from "./texts.js";

// The local date of the day that a projection is of.
export function dateOf(told) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: told.timezone }).format(new Date(told.day_begin ?? told.made_at));
}

// Where the chart ends, milliseconds since 1970.
export function closeOf(told) {
  return Date.parse(told.intervals.at(-1).interval_start) + 1000 * told.interval_seconds;
}

// The traces; `place` gives an instant's place on the axis.
export function tracesAhead(told, c, place) {
  const { intervals } = told;
  const x = [...intervals.map((one) => place(one.interval_start)), place(closeOf(told))];
  const column = (name) => [...intervals.map((one) => one[name]), intervals.at(-1)[name]];
  const line = (axis, name, field, style, more = {}) => ({ type: "scatter", mode: "lines", name: t(name), x, y: column(field), yaxis: axis, connectgaps: false, line: { shape: "hv", width: 2.5, ...style }, hovertemplate: "%{y}", meta: "ahead", ...more });
  const band = (axis, low, high) => [
    line(axis, "chart.ahead.band", low, { width: 0 }, { hoverinfo: "skip", hovertemplate: null }),
    line(axis, "chart.ahead.band", high, { width: 0 }, { hoverinfo: "skip", hovertemplate: null, fill: "tonexty", fillcolor: c.band }),
  ];
  const share = { hovertemplate: "%{y:.0%}" };
  return [
    ...band("y", "projected_low", "projected_high"),
    line("y", "chart.ahead.level", "projected_service_level", { color: c.accent, width: 3 }, share),
    ...band("y2", "reforecast_low", "reforecast_high"),
    line("y2", "chart.forecast", "forecast_offered", { color: c.text, dash: "dash" }),
    line("y2", "chart.ahead.volume", "reforecast_offered", { color: c.accent, width: 3 }),
    line("y3", "chart.ahead.required", "required_agents", { color: c.bad, dash: "dot", width: 3 }),
    line("y3", "chart.scheduled", "scheduled_agents", { color: c.dim, dash: "dash" }),
    line("y3", "chart.ahead.expected", "expected_agents", { color: c.accent, width: 3 }),
    line("y4", "chart.aht.planned", "forecast_aht_seconds", { color: c.dim, dash: "dash" }),
    line("y4", "chart.ahead.aht", "reforecast_aht_seconds", { color: c.accent, width: 3 }),
  ];
}

// The line of now.
export function nowLine(told, c, place, foot) {
  const at = place(told.made_at);
  return { type: "line", xref: "x", x0: at, x1: at, yref: "paper", y0: foot, y1: 1, line: { color: c.dim, width: 1.5, dash: "dashdot" } };
}

// The entries of each chart's legend.
export function keysAhead(c) {
  const one = (name) => [c.accent, "━", t(name)];
  return [[one("chart.ahead.level"), [c.dim, "▒", t("chart.ahead.band")]], [one("chart.ahead.volume")], [one("chart.ahead.expected")], [one("chart.ahead.aht")]];
}
