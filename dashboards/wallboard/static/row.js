// A row of the overview: one queue, with its open interval and its last final one as two groups that name their times.

import { restOf } from "./ahead.js";
import { h, mark, say, shortened, svg } from "./dom.js";
import * as f from "./format.js";
import { live } from "./live.js";
import { addressOf } from "./router.js";
import { closingText } from "./hero.js";
import { dayBars } from "./day_bars.js";
import { t } from "./texts.js";
import { becauseOf, intervalsOf, leading, rule, SIGNS } from "./labels.js";

const LOUD = new Set(["critical", "warning", "never_seen", "missing", "stale", "below"]);
const SAID = new Set(["never_seen", "missing", "stale", "below", "unknown", "above", "waiting"]);
const FEW = new Set(["low_volume", "no_demand", "unknown"]);
const GROUPS = { now: ["level", "net"], last: ["level", "sigma", "net", "volume", "aht"] };

export function isLoud(queue) {
  return LOUD.has(queue.state) || queue.state === "at_risk";
}

export function heads() {
  const head = (name, text) => h("div", { role: "columnheader", class: `c-${name}` }, text);
  const group = (name) =>
    h("div", { role: "none", class: `group g-${name}` }, h("div", { role: "none", class: "caption" }, t(`group.${name}`)), ...GROUPS[name].map((column) => head(column, t(`column.${column}`))));
  return h("div", { role: "row", class: "heads" }, head("state", t("column.state")), head("queue", t("column.queue")), group("now"), group("last"), head("day", t("column.day")), head("ahead", t("column.ahead")), head("why", t("column.why")));
}

export class Row {
  constructor(name) {
    this.name = name;
    const cell = (column, ...children) => h("div", { role: "cell", class: `c-${column}` }, ...children);
    const figure = () => [h("span", { class: "figure" }), h("small", { class: "dim" })];
    this.sign = h("span", { class: "sign", "aria-hidden": "true" });
    this.word = h("span", { class: "word" });
    this.program = h("small", { class: "dim" });
    this.captions = { now: h("div", { class: "caption" }), last: h("div", { class: "caption" }) };
    this.closing = h("div", { class: "caption closing", hidden: true });
    this.figures = { now: { level: figure(), net: figure() }, last: { level: figure(), sigma: figure(), net: figure(), volume: figure(), aht: figure() } };
    this.bullet = new Bullet();
    this.day = h("a", { class: "strip", href: addressOf("queue", name) });
    this.ahead = { figure: h("span", { class: "figure" }), chance: h("small", { class: "dim" }), said: h("span", { class: "a-said" }) };
    this.rest = labelled("ahead", cell("ahead", ...Object.values(this.ahead)));
    this.why = h("div", { class: "why" });
    const group = (place, more) =>
      h("div", { role: "none", class: `group g-${place}` }, this.captions[place], ...GROUPS[place].map((column) => labelled(column, cell(column, ...this.figures[place][column], column === "level" ? more : null))));
    this.last = group("last");
    this.last.append(this.closing);
    this.element = h(
      "div",
      { role: "row", class: "queue" },
      cell("state", h("span", { class: "badge" }, this.sign, this.word)),
      cell("queue", h("a", { class: "name", href: addressOf("queue", name), title: shortened(name) === name ? null : shortened(name, 1000) }, ...breakable(shortened(name))), this.program),
      group("now", this.bullet.element),
      this.last,
      cell("day", this.day),
      this.rest,
      cell("why", this.why),
    );
  }

  show(queue, window, figuresOnly) {
    const { open, closing, last } = intervalsOf(queue, live.beat.now);
    mark(this.element, "data-state", queue.state);
    mark(this.element, "data-loud", LOUD.has(queue.state));
    say(this.sign, SIGNS[queue.state]);
    say(this.word, t(`state.${queue.state}`));
    this.showOpen(open, queue);
    this.showLast(last, queue);
    this.showAhead(queue);
    this.closing.hidden = !closing.length;
    if (closing.length) say(this.closing, closing.map((one) => closingText(one, queue)).join(t("list")));
    if (figuresOnly && queue.state === this.state) return;
    this.state = queue.state;
    say(this.program, queue.channel === "voice" ? shortened(queue.program) : `${shortened(queue.program)} · ${queue.channel}`);
    this.day.replaceChildren(dayBars(queue.day, queue.range, window));
    mark(this.day, "aria-label", `${shortened(queue.queue)}: ${t("day.strip", { from: f.clock(window.dayBegin + window.begin, window.zone), to: f.clock(window.dayBegin + window.end, window.zone) })}`);
    this.day.hidden = !queue.day?.codes;
    this.why.replaceChildren(...why(queue, last));
  }

  showAhead(queue) {
    const { figure, chance, said, risky, title } = restOf(queue);
    say(this.ahead.figure, figure);
    say(this.ahead.chance, chance);
    say(this.ahead.said, said);
    mark(this.ahead.said, "data-risky", risky);
    mark(this.rest, "title", title);
  }

  showOpen(open, queue) {
    const { level, net } = this.figures.now;
    const settled = open?.denominator > 0;
    const counts = settled ? t("now.counts", { good: open.numerator, all: open.denominator, threshold: f.number(queue.threshold_seconds, 1) }) : open?.offered ? t("now.few", { all: open.offered }) : "";
    say(this.captions.now, open ? t("now.caption", { span: f.span(open, queue.timezone) }) : t("now.none"));
    put(level, settled ? f.level(open.service_level, queue.range) : f.NONE, settled ? open.spec : "none", counts);
    this.bullet.show(settled ? open.service_level : null, settled ? open.spec : "none", queue);
    // Whether it is short for certain is not known after a few contacts.
    putNet(net, open, queue, open && !FEW.has(open.spec));
  }

  showLast(last, queue) {
    const { level, sigma, net, volume, aht } = this.figures.last;
    say(this.captions.last, last ? t(last.status === "corrected" ? "last.corrected" : "last.caption", { span: f.span(last, queue.timezone) }) : t("last.none"));
    put(level, f.level(last?.service_level, queue.range), last?.status === "missing" ? "missing" : last?.spec ?? "none", last?.denominator ? t("last.counts", { good: last.numerator, all: last.denominator }) : "");
    put(sigma, f.sigma(last?.sigma), "none", last?.sigma ? (last.sigma.level == null ? t("sigma.few", { least: last.sigma.least }) : t("sigma.dpmo", { dpmo: f.number(last.sigma.dpmo) })) : "");
    putNet(net, last, queue, true);
    put(volume, f.signedPercent(last?.volume_variance), /volume_(high|low)/.test(last?.plan ?? "") ? "warn" : "none", against(last, "volume.counts", last?.offered, last?.forecast_offered));
    put(aht, f.signedPercent(last?.aht_variance), /aht_(high|low)/.test(last?.plan ?? "") ? "warn" : "none", against(last, "aht.counts", last?.aht_seconds, last?.forecast_aht_seconds));
  }
}

// Where the screen is too narrow for heads, a cell bears its own.
function labelled(column, cell) {
  cell.dataset.label = t(`column.${column}`);
  return cell;
}

export function put([figure, counts], text, verdict, detail) {
  say(figure, text);
  mark(figure, "data-verdict", verdict);
  say(counts, detail);
}

// Agents of a pool help its other queues as well: a queue's own net staffing is no verdict there.
export function netVerdict(queue, plan) {
  if (queue.pools.length) return "none";
  return /understaffed/.test(plan ?? "") ? "below" : /overstaffed/.test(plan ?? "") ? "above" : "none";
}

function putNet(cell, interval, queue, judged) {
  const net = interval?.net_staffing;
  const counts = net == null ? "" : t("net.counts", { staffed: f.number(interval.staffed_agents, 1), required: f.number(interval.required_agents) });
  put(cell, f.signed(net, 1), judged ? netVerdict(queue, interval?.plan) : "none", queue.pools.length ? [t("pooled"), counts].filter(Boolean).join(" · ") : counts);
  mark(cell[1], "title", queue.pools.length ? t("pooled.in", { pools: queue.pools.join(t("list")) }) : null);
  mark(cell[0], "data-pooled", queue.pools.length > 0);
}

// Long names break at the ends of words.
function breakable(name) {
  return name.split(/(?<=[_./-])/).flatMap((part, place) => (place ? [h("wbr"), part] : [part]));
}

export function against(last, key, came, planned) {
  if (!last) return "";
  if (planned == null) return came == null ? t("no.plan") : `${f.number(came)} · ${t("no.plan")}`;
  return t(key, { came: f.number(came), planned: f.number(planned) });
}

export function why(queue, last) {
  const zone = queue.timezone;
  const breach = leading(queue);
  const others = queue.breaches.filter((other) => other !== breach).map((other) => rule(other.rule));
  const told = t("why.also", { list: [...new Set(others)].join(t("list")) });
  const also = others.length > 0 && h("p", { class: "dim also", title: told }, told);
  if (breach) {
    const text = becauseOf(breach, last, zone);
    return [h("p", {}, h("strong", {}, rule(breach.rule)), ` ${t("breach.since", { time: f.since(breach.since, live.beat.now) })}`), text && h("p", { class: "causes" }, text), also].filter(Boolean);
  }
  const newest = queue.running.at(-1);
  const said = [];
  if (queue.state === "below" && newest?.spec === "below") said.push(h("p", {}, t("why.open", { span: f.span(newest, zone) })));
  else if (SAID.has(queue.state)) {
    const shown = last ?? newest;
    said.push(h("p", { class: queue.state === "above" ? "dim" : null }, t(`why.${queue.state}`, shown ? { span: f.span(shown, zone), integrity: shown.integrity } : {})));
  }
  return [...said, also].filter(Boolean);
}

// The same in one line.
export function whyText(queue, last) {
  return why(queue, last).map((part) => part.textContent).join(" · ");
}

// The service level as a bar on a track of 0 to 100 %, the range as a band, the target as a tick.
class Bullet {
  constructor() {
    this.band = svg("rect", { class: "band", y: "0", height: "100%" });
    this.bar = svg("rect", { class: "bar", x: "0", y: "25%", height: "50%" });
    this.tick = svg("rect", { class: "tick", y: "0", height: "100%", width: "2" });
    this.element = svg("svg", { class: "bullet", "aria-hidden": "true" }, svg("rect", { class: "track", width: "100%", height: "100%" }), this.band, this.bar, this.tick);
  }

  show(level, verdict, { range, target }) {
    mark(this.bar, "width", `${100 * (level ?? 0)}%`);
    mark(this.band, "x", `${100 * (range?.[0] ?? 0)}%`);
    mark(this.band, "width", range ? `${100 * (range[1] - range[0])}%` : "0");
    mark(this.tick, "x", `${100 * (target ?? 0)}%`);
    mark(this.tick, "visibility", target == null ? "hidden" : "visible");
    mark(this.bar, "data-verdict", verdict);
  }
}
