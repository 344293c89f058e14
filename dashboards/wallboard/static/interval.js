// One interval for an auditor: every count, the arithmetic of each figure, causes, and revisions.

import { card } from "./breaches.js";
import { clear, colours, draw } from "./charts.js";
import { h, nameOf, say } from "./dom.js";
import * as f from "./format.js";
import { ask, live } from "./live.js";
import { addressOf } from "./router.js";
import { t } from "./texts.js";
import { cause, points, VERDICTS } from "./labels.js";

const COUNTS = ["offered", "answered", "answered_within", "abandoned", "abandoned_within", "short_abandoned", "overflowed", "waiting", "handled"];
const PLAN = [
  ["volume", "offered", "forecast_offered", "volume_variance"],
  ["aht", "aht_seconds", "forecast_aht_seconds", "aht_variance"],
];
const AGENTS = ["staffed_agents", "scheduled_agents", "required_agents", "plan_required_agents", "net_staffing"];
const RATES = ["abandon_rate", "asa_seconds", "occupancy"];
const SIGN = Object.fromEntries(Object.values(VERDICTS));

export class Interval {
  constructor(root, queue, start) {
    Object.assign(this, { queue, start, closed: false });
    this.root = root;
    this.body = h("div", { class: "interval" }, h("p", { class: "empty" }, t("loading")));
    root.append(this.body);
    this.load();
  }

  close() {
    this.closed = true;
    if (this.chart) clear(this.chart);
  }

  update(kind, names) {
    if (kind === "breaches" || (kind === "queues" && names.includes(this.queue))) this.load();
  }

  repaint() {
    this.load();
  }

  key(event) {
    const step = { "[": -1, "]": 1 }[event.key];
    if (!step || !this.row) return false;
    location.hash = this.beside(step);
    return true;
  }

  beside(step) {
    const at = new Date(Date.parse(this.row.interval_start) + step * this.row.interval_seconds * 1000);
    return addressOf("interval", this.queue, at.toISOString().replace(".000Z", "Z"));
  }

  async load() {
    let told;
    try {
      told = await ask("/live/interval", { queue: this.queue, start: this.start });
    } catch (error) {
      if (!this.closed && !this.row) this.body.replaceChildren(h("p", { class: "empty" }, `${t("interval.unknown")} (${error.message})`), h("p", {}, h("a", { href: addressOf("queue", this.queue) }, nameOf(this.queue))));
      return;
    }
    const key = JSON.stringify(told);
    if (this.closed || key === this.shown) return;
    this.shown = key;
    this.row = told.rows.at(-1);
    await this.show(told);
  }

  async show(told) {
    const row = this.row;
    const spec = row.status === "missing" ? "missing" : row.spec;
    const when = f.span({ start: row.interval_start, seconds: row.interval_seconds }, told.timezone);
    const title = t("interval.title", { queue: this.queue, date: f.dayOf(row.interval_start_local.slice(0, 10)), span: when });
    if (this.chart) clear(this.chart);
    this.chart = h("div", { class: "chart", role: "img", "aria-label": t("interval.why") }, h("p", { class: "empty" }, t("loading")));
    this.body.replaceChildren(
      h(
        "div",
        { class: "title" },
        h("h1", {}, title),
        h("nav", { class: "steps", "aria-label": title }, h("a", { href: this.beside(-1) }, `← ${t("interval.previous")}`), h("a", { href: addressOf("queue", this.queue, row.interval_start_local.slice(0, 10)) }, t("queue.day", { queue: this.queue })), h("a", { href: this.beside(1) }, `${t("interval.next")} →`)),
      ),
      h(
        "section",
        { class: "headline", "data-verdict": spec },
        h("p", { class: "hero-figure" }, f.level(row.service_level, told.range)),
        h("div", {}, h("p", {}, h("span", { class: "badge", "data-verdict": spec }, `${SIGN[spec] ?? ""} ${t(`verdict.${spec}`)}`), ` ${statusOf(row, told)}`), h("p", { class: "formula" }, formula(row, told.range)), told.sigma && h("p", { class: "formula sigma" }, sigmaOf(told.sigma)), h("p", { class: "dim" }, t("interval.threshold", { threshold: f.number(row.threshold_seconds, 3), target: f.target(told.target), range: f.range(told.range) }))),
      ),
      h("section", { class: "two" },
        h("div", {}, h("h2", {}, t("interval.why")), told.causes.length ? this.chart : h("p", { class: "empty" }, t("interval.why.none")), told.causes.length ? effects(told.causes, row) : null),
        h("div", {}, h("h2", {}, t("interval.counts")), counts(row)),
      ),
      told.breaches.length ? h("section", {}, h("h2", {}, t("nav.breaches")), h("ul", { class: "cards" }, ...told.breaches.map((breach) => h("li", {}, card(breach, () => this.load()))))) : null,
      h("section", {}, h("h2", {}, t("interval.revisions")), revisions(told.rows, told.range)),
      h("section", {}, h("h2", {}, t("interval.proof")), proof(row)),
    );
    for (const empty of [...this.body.childNodes]) if (empty.nodeType === Node.TEXT_NODE) empty.remove();
    if (!told.causes.length) return;
    try {
      await draw(this.chart, ...waterfall(told.causes, row));
    } catch {
      say(this.chart, t("chart.missing"));
    }
  }
}

// An interval that has ended and is not final yet says when it will be.
function statusOf(row, { final_ms: final, timezone }) {
  const ended = Date.parse(row.interval_start) + 1000 * row.interval_seconds <= live.beat.now;
  return row.status === "provisional" && ended ? t("status.closing", { time: f.clock(final, timezone) }) : t(`status.${row.status}`);
}

function formula(row, range) {
  const words = live.formulas[row.definition] ?? "";
  const names = { "answered within": "answered_within", "abandoned within": "abandoned_within", "short abandoned": "short_abandoned", answered: "answered", abandoned: "abandoned" };
  const filled = words.replace(/answered within|abandoned within|short abandoned|answered|abandoned/g, (name) => f.number(row[names[name]]));
  return `${row.definition} = ${t(`formula.${row.definition}`)} = ${filled} = ${f.level(row.service_level, range)}`;
}

function sigmaOf(found) {
  if (found.level == null) return `${t("column.sigma")}${t("colon")}${t("sigma.few", { least: found.least })}`;
  return `${t("column.sigma")} ${f.sigma(found)}${t("colon")}${t("sigma.said", { dpmo: f.number(found.dpmo), shift: f.number(found.shift, 2) })}`;
}

function counts(row) {
  const line = (name, value) => [h("dt", {}, t(`field.${name}`)), h("dd", {}, value)];
  const versus = PLAN.flatMap(([, came, planned, off]) => [
    ...(came === "aht_seconds" ? line(came, row[came] == null ? t("not.reported") : `${f.number(row[came])} s`) : []),
    ...line(planned, row[planned] == null ? t("no.plan") : `${f.number(row[planned])}${came === "aht_seconds" ? " s" : ""}`),
    ...line(off, f.signedPercent(row[off])),
  ]);
  return h(
    "dl",
    { class: "counts-list" },
    ...COUNTS.flatMap((name) => line(name, row[name] == null ? t("not.reported") : f.number(row[name]))),
    ...RATES.flatMap((name) => line(name, row[name] == null ? t("not.reported") : name === "asa_seconds" ? `${f.number(row[name])} s` : f.percent(row[name]))),
    ...versus,
    ...AGENTS.flatMap((name) => line(name, row[name] == null ? t("not.reported") : name === "net_staffing" ? f.signed(row[name], 1) : f.number(row[name], 1))),
  );
}

function changesOf(row) {
  const gap = row.staffed_agents == null || row.scheduled_agents == null ? null : row.staffed_agents - row.scheduled_agents;
  return { volume: row.volume_variance, aht: row.aht_variance, staffing: gap };
}

function effects(causes, row) {
  return h("ul", { class: "plain" }, ...causes.map((part) => h("li", { "data-cause": part.cause, "data-points": points(part.effect) }, cause(part.cause, part.effect, changesOf(row)))));
}

// The chart from the model's service level at the plan, cause by cause, to the observed one.
function waterfall(causes, row) {
  const c = colours();
  const effect = Object.fromEntries(causes.map((part) => [part.cause, part.effect]));
  const model = (row.service_level ?? 0) - (effect.unexplained ?? 0);
  const planned = model - effect.volume - effect.aht - effect.staffing;
  const observed = row.service_level != null && effect.unexplained != null;
  const names = [t("waterfall.plan"), t("cause.volume"), t("cause.aht"), t("cause.staffing"), t("waterfall.model")];
  const values = [planned, effect.volume, effect.aht, effect.staffing, model];
  const measures = ["absolute", "relative", "relative", "relative", "total"];
  if (observed) {
    names.push(t("cause.unexplained"), t("waterfall.observed"));
    values.push(effect.unexplained, row.service_level);
    measures.push("relative", "total");
  }
  const label = (value, place) => (measures[place] === "relative" ? points(value) : f.percent(value));
  return [
    [{
      type: "waterfall", x: names.map((name) => name.replace(/ (?=\S+( \S+)?$)/, "<br>")), y: values.map((value) => 100 * value), measure: measures, text: values.map(label), textposition: "outside", cliponaxis: false,
      increasing: { marker: { color: c.good } }, decreasing: { marker: { color: c.bad } }, totals: { marker: { color: c.accent } }, connector: { line: { color: c.dim, width: 1 } }, hoverinfo: "skip",
    }],
    { height: 360, yaxis: { ticksuffix: " %", range: [0, 112], fixedrange: true }, xaxis: { fixedrange: true, type: "category", automargin: true }, margin: { l: 60, r: 10, t: 20, b: 60 } },
  ];
}

function revisions(rows, range) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("interval.revisions") },
    h(
      "table",
      { class: "figures texts" },
      h("thead", {}, h("tr", {}, ...["interval.revision", "table.status", "table.level", "table.offered", "interval.reason", "interval.hash"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, h("th", { scope: "row" }, String(row.revision)), ...[t(`status.${row.status}`), f.level(row.service_level, range), f.number(row.offered), row.reason ?? "", row.hash ?? ""].map((text, place) => h("td", { class: place === 4 ? "hash" : null }, text))))),
    ),
  );
}

function proof(row) {
  const lines = [["interval.parameters", row.parameters_version], ["interval.integrity", row.integrity], ["interval.signal", row.signal], ["interval.plan", row.plan], ["interval.plan_version", row.plan_version], ["interval.sources", row.sources], ["interval.previous_hash", row.previous_hash], ["interval.hash", row.hash]];
  return h("dl", { class: "proof" }, ...lines.flatMap(([key, value]) => [h("dt", {}, t(key)), h("dd", { class: /hash|sources/.test(key) ? "hash" : null }, value ?? f.NONE)]));
}
