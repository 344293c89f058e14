// One queue's day: service level, volume, AHT and staffing against plan, and its breaches.

import { atOnce } from "./at_once.js";
import { closeOf, dateOf, keysAhead, nowLine, tracesAhead } from "./chart_ahead.js";
import { clear, colours, draw } from "./charts.js";
import { h, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { dateBar, dateKey } from "./dates.js";
import { ask, live } from "./live.js";
import { RestOfDay } from "./rest_of_day.js";
import { addressOf } from "./router.js";
import { t } from "./texts.js";
import { becauseOf, BREACH_SIGNS, leading, rule, VERDICTS } from "./labels.js";

const SIGN = Object.fromEntries(Object.values(VERDICTS));
const AGAIN_MS = 2000;
const AHEAD_MS = 60000;
const HOUR = 3600000;
const NARROW = 600; // pixels

export class QueueDay {
  constructor(root, queue, date) {
    Object.assign(this, { queue, date, closed: false });
    this.title = h("h1", {}, t("queue.day", { queue }));
    this.steps = h("div", {});
    this.note = h("p", { class: "dim" }, t("loading"));
    this.atOnce = h("div", {});
    this.chart = h("div", { class: "chart tall", role: "img", "aria-label": t("queue.day", { queue }) }, h("p", { class: "empty" }, t("loading")));
    this.rest = h("div", {});
    this.ahead = new RestOfDay(queue);
    this.worst = h("p", { class: "worst", hidden: true });
    root.append(h("div", { class: "title" }, this.title, this.steps), this.worst, this.note, this.atOnce, this.chart, this.ahead.element, this.rest);
    this.load();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    clear(this.chart);
  }

  update(kind, names) {
    // The day is loaded again when the queue changed; the delay spreads the requests of many browsers.
    if (kind === "state" || (kind === "queues" && names.includes(this.queue))) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), kind === "state" ? 0 : Math.random() * AGAIN_MS);
    } else if (this.shown && (kind === "beat" ? live.beat.now >= this.nextMs : !this.told && kind === "figures" && names.includes(this.queue))) this.loadAhead();
  }

  repaint() {
    this.load();
  }

  key(event) {
    return this.shown ? dateKey("day", event, this.shown.date, (date) => addressOf("queue", this.queue, date)) : false;
  }

  // The projection of the day, where this server has one; null: it has none, or another day is shown.
  async projection() {
    this.nextMs = live.beat.now + AHEAD_MS;
    const known = live.queues.get(this.queue);
    if (!known?.ahead || (this.date && this.date !== known.day?.date)) return null;
    return ask("/api/projection", { queue: this.queue }).catch(() => null);
  }

  // It goes on with time alone.
  async loadAhead() {
    const told = await this.projection();
    if (this.closed) return;
    if (told && !this.told) this.load();
    else if (told && dateOf(told) === this.shown.date) this.ahead.show((this.told = told));
  }

  async load() {
    let day;
    try {
      [day, this.told] = await Promise.all([ask("/live/day", { queue: this.queue, ...(this.date ? { date: this.date } : {}) }), this.projection()]);
    } catch (error) {
      if (this.closed) return;
      this.chart.hidden = !this.shown;
      say(this.note, this.shown ? error.message : "");
      if (!this.shown) this.rest.replaceChildren(h("p", { class: "empty" }, `${t("queue.unknown", { queue: this.queue })} (${error.message})`), h("p", {}, h("a", { href: addressOf("now") }, t("nav.overview"))));
      return;
    }
    if (this.closed) return;
    this.shown = day;
    this.steps.replaceChildren(dateBar("day", t("queue.day", { queue: this.queue }), { date: day.date, to: (date) => addressOf("queue", this.queue, date) }));
    const level = t("interval.threshold", { threshold: f.number(day.threshold_seconds, 1), target: f.target(day.target), range: f.range(day.range) });
    say(this.note, `${shortened(day.program)} · ${day.definition}: ${t(`formula.${day.definition}`)} · ${level}`);
    this.showWorst(day);
    this.atOnce.replaceChildren(atOnce(day.at_once));
    this.rest.replaceChildren(day.rows.length ? table(day) : h("p", { class: "empty" }, t("queue.empty", { queue: this.queue, date: f.dayOf(day.date) })));
    const early = !this.told; // the first projection may have come while the day was on its way
    if (this.told && dateOf(this.told) !== day.date) this.told = null;
    this.ahead.show(this.told);
    if (early) this.loadAhead();
    this.chart.hidden = !day.rows.length;
    if (!day.rows.length) return;
    try {
      await draw(this.chart, ...picture(day, this.chart.clientWidth || 1200, this.told?.intervals.length ? this.told : null));
      if (this.closed) clear(this.chart);
      else this.wire();
    } catch {
      this.chart.replaceChildren(h("p", { class: "empty" }, t("chart.missing")));
    }
  }

  // The queue's most telling breach; on a past day it would mislead.
  showWorst(day) {
    const queue = live.queues.get(this.queue);
    const breach = queue?.day?.date === day.date && queue.breaches.length ? leading(queue) : null;
    this.worst.hidden = !breach;
    if (!breach) return;
    const causes = becauseOf(breach, queue.last, queue.timezone);
    this.worst.dataset.severity = breach.severity;
    this.worst.replaceChildren(
      h("span", { class: "badge" }, `${BREACH_SIGNS[breach.severity]} ${t(`breach.severity.${breach.severity}`)}`),
      h("strong", {}, rule(breach.rule)), h("span", {}, t("breach.since", { time: f.since(breach.since, live.beat.now) })), ...(causes ? [h("span", {}, causes)] : []));
  }

  wire() {
    if (this.wired) return;
    this.wired = true;
    this.chart.on("plotly_click", ({ points }) => {
      const start = points.find((point) => point.customdata)?.customdata;
      if (start) location.hash = addressOf("interval", this.queue, start);
    });
  }
}

// The axis is time since local midnight: the repeated hour of a clock change has a place of its own. Its labels are local
// time, which people plan by.
function onAxis(day, instant) {
  const ms = typeof instant === "number" ? instant : Date.parse(instant);
  return new Date(Date.parse(`${day.date}T00:00:00Z`) + ms - day.begin_ms).toISOString().slice(0, 19);
}

function endOf(row) {
  return Date.parse(row.interval_start) + 1000 * row.interval_seconds;
}

function ticks(day, begin, end, width) {
  const most = Math.max(2, Math.floor(width / 60));
  const step = HOUR * ([1, 2, 3, 4, 6].find((hours) => (end - begin) / (hours * HOUR) <= most) ?? 12);
  const found = [];
  for (let at = day.begin_ms; at <= end; at += step) if (at >= begin) found.push(at);
  return { tickvals: found.map((at) => onAxis(day, at)), ticktext: found.map((at) => f.clock(at, day.timezone)) };
}

function picture(day, width, told) {
  const c = colours();
  const place = (instant) => onAxis(day, instant);
  const rows = day.rows;
  const half = rows[0].interval_seconds / 2;
  const middle = rows.map((row) => onAxis(day, Date.parse(row.interval_start) + half * 1000));
  const edges = [...rows.map((row) => onAxis(day, row.interval_start)), onAxis(day, endOf(rows.at(-1)))];
  const starts = rows.map((row) => row.interval_start);
  const column = (name) => rows.map((row) => row[name]);
  const step = (name) => [...column(name), rows.at(-1)[name]];
  const final = (row) => row.revision > 0;
  const colour = (row) => ({ below: c.bad, above: c.high, in_range: c.good })[row.spec] ?? c.dim;
  const line = (name, values, axis, more = {}) => ({ type: "scatter", mode: "lines", name, x: edges, y: values, yaxis: axis, connectgaps: false, line: { shape: "hv", width: 2.5, ...more.line }, hovertemplate: "%{y}", ...more.trace });
  const usual = day.usual;
  const bound = (name, place) => [...usual, usual.at(-1)].map((one) => one[name]?.[place] ?? null);
  const chance = t("chart.band", { z: f.number(day.volume_z, 1), phi: f.number(usual.at(-1).dispersion, 1) });
  const limited = usual.some((one) => one.limits);
  const withheld = usual.map((one) => (one.withheld ? ` (${t(`chart.limits.${one.withheld}`, { count: day.min_points })})` : ""));
  const limit = { line: { color: c.accent, width: 1.25, dash: "dot" }, trace: { hovertemplate: "%{y:.0%}", visible: limited } };
  const data = [
    { type: "scatter", mode: "lines+markers", name: t("chart.level"), x: middle, y: column("service_level"), customdata: starts, yaxis: "y", connectgaps: false,
      line: { color: c.text, width: 2 }, cliponaxis: false, marker: { size: 11, color: rows.map(colour), symbol: rows.map((row) => ({ below: "triangle-down", above: "triangle-up" })[row.spec] ?? (final(row) ? "circle" : "circle-open")), line: { width: 1, color: c.text } },
      hovertemplate: "%{text}", text: rows.map((row, at) => `${f.level(row.service_level, day.range)} (${f.span({ start: row.interval_start, seconds: row.interval_seconds }, day.timezone)})${withheld[at]}`) },
    line(t("chart.limit.upper"), bound("limits", 1), "y", limit),
    line(t("chart.limit.lower"), bound("limits", 0), "y", limit),
    { type: "scatter", mode: "markers", name: t("chart.signal"), x: middle, y: rows.map((row) => (row.signal === "low" || row.signal === "high" ? row.service_level : null)), yaxis: "y", marker: { size: 20, color: "rgba(0,0,0,0)", line: { width: 2, color: c.warn } }, hoverinfo: "skip" },
    line(`${chance} −`, bound("volume", 0), "y2", { line: { width: 0 }, trace: { hoverinfo: "skip" } }),
    line(chance, bound("volume", 1), "y2", { line: { width: 0 }, trace: { fill: "tonexty", fillcolor: c.band, hoverinfo: "skip" } }),
    { type: "bar", name: t("chart.offered"), x: middle, y: column("offered"), customdata: starts, yaxis: "y2", width: half * 2 * 1000 * 0.7, marker: { color: c.accent, opacity: rows.map((row) => (final(row) ? 0.85 : 0.35)) }, hovertemplate: "%{y}" },
    line(t("chart.forecast"), step("forecast_offered"), "y2", { line: { color: c.text, dash: "dash" } }),
    line(t("chart.required"), step("required_agents"), "y3", { line: { color: c.bad, dash: "dot", width: 3 } }),
    line(t("chart.scheduled"), step("scheduled_agents"), "y3", { line: { color: c.dim, dash: "dash" } }),
    line(t("chart.staffed"), step("staffed_agents"), "y3", { line: { color: c.text, width: 3 } }),
    line(t("chart.aht.planned"), step("forecast_aht_seconds"), "y4", { line: { color: c.dim, dash: "dash" } }),
    line(t("chart.aht.came"), step("aht_seconds"), "y4", { line: { color: c.text, width: 3 } }),
    ...(told ? tracesAhead(told, c, place) : []),
  ];
  const end = Math.max(endOf(rows.at(-1)), told ? closeOf(told) : 0);
  const spans = breachSpans(day, edges);
  const height = (width < NARROW ? 1040 : 840) + 26 * spans.length + (spans.length ? 40 : 0);
  const foot = spans.length ? (26 * spans.length + 40) / height : 0;
  const at = (low, high) => [foot + (1 - foot) * low, foot + (1 - foot) * high];
  const titles = ["chart.level", "chart.volume", "chart.staff", "chart.aht"];
  const domains = [at(0.76, 0.97), at(0.51, 0.69), at(0.27, 0.45), at(0.03, 0.21)];
  const key = [
    [[c.bad, "▼", t("verdict.below")], [c.high, "▲", t("verdict.above")], [c.dim, "▒", `${t("chart.range")} ${f.range(day.range)}`], [c.good, "┅", `${t("chart.target")} ${f.target(day.target)}`], ...keyOfLimits(day, c, limited)],
    [[c.accent, "█", t("chart.offered")], [c.text, "┅", t("chart.forecast")], [c.dim, "▒", chance]],
    [[c.text, "━", t("chart.staffed")], [c.dim, "┅", t("chart.scheduled")], [c.bad, "┈", t("chart.required")]],
    [[c.text, "━", t("chart.aht.came")], [c.dim, "┅", t("chart.aht.planned")]],
  ];
  const more = told ? keysAhead(c) : titles.map(() => []);
  const legends = key.map((entries, at) => inLines([[null, "", t(titles[at])], ...entries, ...more[at]], width - 90));
  const legend = domains.map(([, top], place) => ({
    xref: "paper", yref: "paper", x: 0, y: top, xanchor: "left", yanchor: "bottom", showarrow: false, align: "left",
    text: legends[place].text, font: { size: width < NARROW ? 12 : 14 },
  }));
  const [marks, labels] = breachLanes(spans, edges, c, foot);
  const shapes = [
    ...(day.range ? [{ type: "rect", xref: "paper", x0: 0, x1: 1, yref: "y", y0: day.range[0], y1: day.range[1], fillcolor: c.band, line: { width: 0 }, layer: "below" }] : []),
    ...(day.target == null ? [] : [{ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: day.target, y1: day.target, line: { color: c.good, width: 2, dash: "dash" } }]),
    ...(told ? [nowLine(told, c, place, foot)] : []),
    ...marks,
  ];
  const axis = (place) => ({ domain: domains[place], rangemode: "tozero", fixedrange: true });
  return [data, {
    height,
    hovermode: "x unified",
    hoverlabel: { bgcolor: c.panel, font: { color: c.text } },
    margin: { l: 60, r: 16, t: 18 + 16 * legends[0].lines, b: 30 },
    xaxis: { type: "date", range: [edges[0], onAxis(day, end)], ...ticks(day, Date.parse(rows[0].interval_start), end, width - 80), tickangle: 0, hoverformat: "%H:%M", fixedrange: true, anchor: "y4" },
    yaxis: { ...axis(0), range: [-0.04, 1.06], tickformat: ".0%", dtick: 0.25 },
    yaxis2: axis(1), yaxis3: axis(2), yaxis4: axis(3),
    yaxis5: { domain: [0, Math.max(0.001, foot - 40 / height)], range: [spans.length, 0], fixedrange: true, showgrid: false, zeroline: false, showticklabels: false, ticks: "", showline: false, anchor: "x" },
    shapes, annotations: [...legend, ...labelsOfLimits(usual, edges, c), ...labels],
  }];
}

// The entries of a legend in as many lines as the chart is wide; a letter is about half as wide as it is high.
function inLines(entries, width) {
  const size = width < NARROW ? 12 : 14;
  const wide = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 1 : 0.54), 0.2) * size;
  const words = entries.flatMap(([paint, sign, name]) => {
    const [first, ...rest] = paint ? name.split(" ") : [name];
    const begin = paint ? [`   <span style="color:${paint}">${sign}</span> ${first}`, `${sign} ${first}   `] : [`<b>${name}</b>`, name];
    return [begin, ...rest.map((word) => [` ${word}`, word])];
  });
  let [text, used, lines] = ["", 0, 1];
  for (const [shown, bare] of words) {
    const own = wide(bare);
    if (used && used + own > width) [text, used, lines] = [`${text}<br>`, 0, lines + 1];
    text += used ? shown : shown.trimStart();
    used += own;
  }
  return { text, lines };
}

// The legend of control limits and of points outside them, or the reason why there are none.
function keyOfLimits(day, c, limited) {
  if (limited) return [[c.accent, "┈", t("chart.limits")], [c.warn, "◯", t("chart.signal")]];
  const why = day.usual.findLast((one) => one.withheld)?.withheld;
  return why ? [[c.dim, "┈", t(`chart.limits.${why}`, { count: day.min_points })]] : [];
}

// Labels of the limits, at the last interval that has some.
function labelsOfLimits(usual, edges, c) {
  const last = usual.findLastIndex((one) => one.limits);
  if (last < 0) return [];
  return ["lower", "upper"].map((name, place) => ({
    xref: "x", x: edges[last + 1], yref: "y", y: usual[last].limits[place], xanchor: "right", yanchor: place ? "bottom" : "top",
    showarrow: false, font: { size: 12, color: c.accent }, text: t(`chart.limit.${name}`),
  }));
}

// The day's breaches, each from its first interval to its end; the intervals that confirm an end come after it.
function breachSpans(day, edges) {
  const [first, last] = [edges[0], edges.at(-1)];
  const zone = (instant) => onAxis(day, instant);
  return day.breaches
    .filter((breach) => !breach.live && breach.severity !== "info")
    .map((breach) => ({ breach, from: zone(breach.first_interval_start), to: breach.state === "resolved" ? zone(breach.ended_at ?? breach.interval_start) : last }))
    .filter(({ from, to }) => from < last && to >= first)
    .map(({ breach, from, to }) => ({ breach, from: from < first ? first : from, to: to > last ? last : to }))
    .sort((one, other) => (one.from < other.from ? -1 : 1));
}

// Each breach has a lane below the charts; breaches of the service level shade the charts as well.
function breachLanes(spans, edges, c, foot) {
  const marks = spans.flatMap(({ breach, from, to }, lane) => {
    const colour = breach.severity === "critical" ? c.bad : c.warn;
    const bar = { type: "rect", xref: "x", x0: from, x1: to, yref: "y5", y0: lane + 0.15, y1: lane + 0.85, fillcolor: colour, opacity: 0.75, line: { width: 0 } };
    const shade = { type: "rect", xref: "x", x0: from, x1: to, yref: "paper", y0: foot + 0.02, y1: 1, layer: "below", fillcolor: colour, opacity: 0.1, line: { width: 0 } };
    return live.rules[breach.rule]?.explains_service_level ? [bar, shade] : [bar];
  });
  const room = (from, to) => Date.parse(`${to}Z`) - Date.parse(`${from}Z`);
  const labels = spans.map(({ breach, from, to }, lane) => {
    const left = room(edges[0], from) > room(to, edges.at(-1));
    const sign = breach.severity === "critical" ? "▼▼" : "▼";
    return {
      xref: "x", x: left ? from : to, yref: "y5", y: lane + 0.5, xanchor: left ? "right" : "left", yanchor: "middle", showarrow: false, font: { size: 13 },
      text: ` ${sign} ${rule(breach.rule)} ${breach.state === "resolved" ? "✓" : ""} `,
    };
  });
  const title = spans.length ? [{ xref: "paper", yref: "paper", x: 0, y: foot - 0.012, xanchor: "left", yanchor: "top", showarrow: false, text: `<b>${t("chart.breaches")}</b>` }] : [];
  return [marks, [...title, ...labels]];
}

// An interval that has ended and is not final yet says when it will be.
function statusOf(row, day) {
  const final = day.final_ms[row.interval_start];
  const ended = Date.parse(row.interval_start) + 1000 * row.interval_seconds <= live.beat.now;
  return row.status === "provisional" && ended && final ? t("status.closing", { time: f.clock(final, day.timezone) }) : t(`status.${row.status}`);
}

function table(day) {
  const columns = ["time", "status", "verdict", "level", "sigma", "offered", "forecast", "abandon", "aht", "aht.forecast", "staffed", "scheduled", "required", "net", "breaches"];
  const body = day.rows.map((row, place) => {
    const spec = row.status === "missing" ? "missing" : row.spec;
    const cells = [
      h("a", { href: addressOf("interval", day.queue, row.interval_start) }, f.clock(row.interval_start, day.timezone)),
      statusOf(row, day),
      h("span", {}, h("span", { "aria-hidden": "true" }, `${SIGN[spec] ?? ""} `), t(`verdict.${spec}`)),
      f.level(row.service_level, day.range), f.sigma(day.sigmas[place]), f.number(row.offered), f.number(row.forecast_offered), f.number(row.abandoned), f.number(row.aht_seconds),
      f.number(row.forecast_aht_seconds), f.number(row.staffed_agents, 1), f.number(row.scheduled_agents, 1), f.number(row.required_agents), f.signed(row.net_staffing, 1),
      (row.breaches ?? "").split(";").filter(Boolean).map((id) => rule(id.split("/")[0])).join(t("list")),
    ];
    return h("tr", { "data-verdict": spec }, ...cells.map((cell, at) => h(at ? "td" : "th", at ? {} : { scope: "row" }, cell)));
  });
  return h(
    "section",
    {},
    h("h2", {}, t("table.title")),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("table.title") },
      h("table", { class: "figures" }, h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, t(`table.${name}`))))), h("tbody", {}, ...body))),
  );
}
