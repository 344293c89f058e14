// The banner: the worst queue now, queues that nothing is heard of, or that all is well or closed.

import { riskText } from "./ahead.js";
import { h, mark, nameOf, shortened } from "./dom.js";
import * as f from "./format.js";
import { seenOf } from "./journal.js";
import { live } from "./live.js";
import { addressOf, option, scoped } from "./router.js";
import { language, t } from "./texts.js";
import { causesSpan, intervalsOf, isBack, leading, mainCauses, rule, SIGNS } from "./labels.js";

const MOST_NAMES = 4;
const MOST_OF_NOTE = 60;

export class Hero {
  constructor() {
    this.element = h("section", { class: "hero", "aria-live": "polite" });
  }

  // Worst first; `queues` are those of the screen, whatever the filter hides.
  show(queues) {
    if (!queues.length && option("program")) {
      // A client's address with a slip in it is not all well.
      this.key = null;
      mark(this.element, "data-state", "blind");
      this.element.replaceChildren(h("p", { class: "blind" }, `? ${t("program.unknown", { program: option("program") })}`));
      return;
    }
    const worst = queues.find(isWorst);
    const breach = worst && leading(worst);
    const blind = blindness(queues);
    const minute = Math.floor(live.beat.now / 60000);
    const whole = breachesOfPrograms().filter((one) => one.severity !== "info").length;
    const closed = queues.filter((queue) => queue.state === "closed");
    const key = JSON.stringify([language, breach ? [worst, minute] : [queues.length, closed.length, whole, queues.find((queue) => queue.state === "at_risk")?.ahead.risk], blind]);
    if (key === this.key) return;
    this.key = key;
    mark(this.element, "data-state", breach ? worst.state : blind.length ? "blind" : "fine");
    const silent = blind.map((sentence) => h("p", { class: "blind" }, `${SIGNS.stale} ${sentence}`));
    if (breach) this.element.replaceChildren(...silent, ...worstNow(worst, breach));
    else if (blind.length) this.element.replaceChildren(...silent, ...(whole ? [h("p", { class: "hero-cause" }, `▼ ${t("hero.programs", { count: whole })}`)] : []));
    else this.element.replaceChildren(calm(queues, closed, whole));
  }
}

// A queue whose data are missing is told as blind: its last figure says nothing of now.
function isWorst(queue) {
  const breach = queue.state === "critical" || queue.state === "warning" ? leading(queue) : null;
  return breach && !live.rules[breach.rule]?.tells_missing_data;
}

function calm(queues, closed, whole) {
  if (queues.length && closed.length === queues.length) {
    const opens = Math.min(...queues.map((queue) => queue.opens_ms ?? Infinity));
    const next = Number.isFinite(opens) ? ` ${t("hero.opens", { time: f.moment(opens, live.beat.now) })}` : "";
    return h("p", { class: "calm" }, h("strong", {}, `${SIGNS.closed} ${t("hero.closed", { count: queues.length })}`), next);
  }
  const watched = t(closed.length ? "hero.fine.closed" : "hero.fine.more", { count: queues.length, closed: closed.length });
  const risky = queues.find((queue) => queue.state === "at_risk");
  const next = risky ? [" ", h("a", { href: addressOf("queue", risky.queue) }, `▷ ${t("hero.risk", { queue: risky.queue, risk: riskText(risky.ahead.risk, risky.timezone, true) })}`)] : [];
  return h("p", { class: "calm" }, h("strong", {}, whole ? `▼ ${t("hero.programs", { count: whole })}` : `✓ ${t("hero.fine")}`), ` ${watched}`, ...next);
}

function worstNow(worst, breach) {
  const { open, closing, last } = intervalsOf(worst, live.beat.now);
  const zone = worst.timezone;
  const lasted = f.duration(live.beat.now - Date.parse(breach.since));
  const causes = mainCauses(breach);
  const so = open?.denominator > 0 ? t("hero.open", { span: f.span(open, zone), level: f.level(open.service_level, worst.range), good: open.numerator, all: open.denominator }) : null;
  const between = closing.at(-1);
  return [
    h(
      "div",
      { class: "hero-who" },
      h("p", { class: "hero-label" }, `${SIGNS[worst.state]} ${t("hero.worst")} · ${t(`state.${worst.state}`)}`),
      h("p", { class: "hero-name" }, h("a", { href: addressOf("queue", worst.queue) }, nameOf(worst.queue)), h("small", {}, nameOf(worst.program))),
    ),
    last &&
      h(
        "div",
        { class: "hero-level" },
        h("p", { class: "hero-figure" }, f.level(last.service_level, worst.range)),
        h("p", { class: "hero-label" }, `${t("hero.level", { span: f.span(last, zone) })} · ${t("hero.range", { range: f.range(worst.range) })}`),
        so && h("p", { class: "hero-label" }, so),
        between && h("p", { class: "hero-label" }, closingText(between, worst)),
      ),
    h(
      "div",
      { class: "hero-why" },
      h("p", { class: "hero-rule" }, h("strong", {}, rule(breach.rule)), ` ${t("hero.since", { time: f.since(breach.since, live.beat.now), duration: lasted })} `, seenOf(breach, () => {}, MOST_OF_NOTE)),
      isBack(breach, last)
        ? h("p", { class: "hero-cause" }, t("breach.back", { span: f.span(last, zone) }))
        : causes.length
          ? h("p", { class: "hero-cause" }, t("hero.because", { span: causesSpan(breach) }) + t("colon"), h("strong", {}, causes.join(t("list"))))
          : h("p", { class: "hero-cause" }, textOf(breach)),
      last?.net_staffing != null &&
        h("p", { class: "hero-cause" }, t("hero.net", { span: f.span(last, zone) }) + t("colon"), h(worst.pools.length ? "span" : "strong", {}, f.signed(last.net_staffing, 1)), ` (${worst.pools.length ? `${t("pooled")}, ` : ""}${t("net.counts", { staffed: f.number(last.staffed_agents, 1), required: f.number(last.required_agents) })})`, last.sigma?.level != null && ` · ${t("table.sigma")} ${f.sigma(last.sigma)}`),
    ),
  ].filter(Boolean);
}

export function closingText(interval, queue) {
  const told = { span: f.span(interval, queue.timezone), level: f.level(interval.service_level, queue.range), time: f.clock(interval.final_ms, queue.timezone) };
  if (interval.final_ms < live.beat.now) return t("closing.late", told);
  return t(interval.service_level == null ? "closing.none" : "closing", told);
}

export function textOf(breach) {
  return language === "zh" ? breach.message_zh : breach.message;
}

// Open breaches of whole programs (a month's accuracy, a day's coverage), most urgent first.
export function breachesOfPrograms() {
  return live.breaches.filter((breach) => !breach.queue && breach.state !== "resolved" && scoped(breach.program));
}

// Sentences about queues that nothing is known of: silent sources first, then queues that fell silent, then never seen.
function blindness(queues) {
  const told = new Set();
  const sources = new Map();
  for (const queue of queues) {
    const silent = queue.breaches.find((breach) => live.rules[breach.rule]?.tells_missing_data);
    if (!silent) continue;
    told.add(queue.queue);
    const group = sources.get(silent.scope) ?? { since: silent.first_interval_start, names: [] };
    group.since = group.since < silent.first_interval_start ? group.since : silent.first_interval_start;
    group.names.push(queue.queue);
    sources.set(silent.scope, group);
  }
  const said = [...sources].map(([source, { since, names }]) => silence(source, since, names));
  const stale = queues.filter((queue) => queue.state === "stale" && !told.has(queue.queue));
  if (stale.length) {
    const heard = (queue) => Math.max(...[queue.last, ...queue.running].filter(Boolean).map((one) => Date.parse(one.start) + 1000 * one.seconds));
    said.push(silence("", Math.min(...stale.map(heard)), stale.map(({ queue }) => queue)));
  }
  const unseen = queues.filter((queue) => queue.state === "never_seen").map(({ queue }) => queue);
  if (unseen.length) said.push(t(unseen.length === 1 ? "blind.unseen.one" : "blind.unseen", { count: unseen.length, names: named(unseen) }));
  return said;
}

function silence(source, since, names) {
  const key = `blind.${source ? "source" : "silent"}${names.length === 1 ? ".one" : ""}`;
  return t(key, { source, time: f.moment(since, live.beat.now), count: names.length, names: named(names) });
}

function named(names) {
  const more = names.length > MOST_NAMES ? ` + ${names.length - MOST_NAMES}` : "";
  return names.slice(0, MOST_NAMES).map((name) => shortened(name, 40)).join(t("list")) + more;
}
