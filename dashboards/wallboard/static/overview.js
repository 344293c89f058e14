// The overview: every queue now, worst first.

import { arrange, h, mark, nameOf, say, shortened, svg } from "./dom.js";
import * as f from "./format.js";
import { live, ranked } from "./live.js";
import { addressOf, matches } from "./router.js";
import { dayBars } from "./day_bars.js";
import { t } from "./texts.js";
import { BREACH_SIGNS, isBack, leading, mainCauses, rule, SIGNS } from "./labels.js";

const LOUD = new Set(["critical", "warning", "never_seen", "missing", "stale", "below"]);
const MOST_OF_PROGRAM = 3;
const FEW = new Set(["low_volume", "no_demand", "unknown"]);
const COLUMNS = ["state", "queue", "now", "last", "net", "volume", "aht", "day", "why"];

export class Overview {
  constructor(root) {
    this.rows = new Map();
    this.hero = h("section", { class: "hero", "aria-live": "polite" });
    this.programs = h("ul", { class: "programs", "aria-label": t("programs") });
    this.list = h("div", { class: "queues", role: "rowgroup" });
    const heads = COLUMNS.map((name) => h("div", { role: "columnheader", class: `c-${name}` }, t(`column.${name}`)));
    this.empty = h("p", { class: "empty", hidden: true });
    root.append(
      this.hero,
      this.programs,
      h(
        "div",
        { role: "table", class: "overview", "aria-label": t("nav.overview") },
        h("div", { role: "rowgroup" }, h("div", { role: "row", class: "heads" }, ...heads)),
        this.list,
      ),
      this.empty,
    );
    this.update("state", []);
  }

  update(kind, names) {
    if (kind === "state") {
      for (const name of [...this.rows.keys()]) if (!live.queues.has(name)) this.rows.delete(name);
    }
    if (kind === "breaches") {
      this.showHero();
      this.showPrograms();
      return;
    }
    if (kind === "beat") {
      this.showHero();
      return;
    }
    const queues = ranked();
    this.window = windowOf(queues);
    const moved = this.windowKey !== this.window.key;
    this.windowKey = this.window.key;
    for (const name of kind === "state" || moved ? live.queues.keys() : names) {
      const queue = live.queues.get(name);
      if (!this.rows.has(name)) this.rows.set(name, new Row(name));
      this.rows.get(name).show(queue, this.window, kind === "figures" && !moved);
    }
    this.queues = queues;
    this.filter();
    this.showHero();
    if (kind !== "figures") this.showPrograms();
  }

  // Programs in the order of their worst queue; a single program has no heading.
  showPrograms() {
    const programs = new Map();
    for (const queue of this.queues) programs.set(queue.program, [...(programs.get(queue.program) ?? []), queue]);
    const whole = Map.groupBy(ofPrograms(), (breach) => breach.program);
    for (const name of whole.keys()) if (!programs.has(name)) programs.set(name, []);
    const shown = [...programs].filter(([name]) => programs.size > 1 || whole.has(name));
    const chips = shown.map(([name, queues]) => ({ ...chip(name, queues), breaches: whole.get(name) ?? [] }));
    const key = JSON.stringify(chips);
    if (key === this.programsKey) return;
    this.programsKey = key;
    this.programs.hidden = !chips.length;
    this.programs.replaceChildren(
      ...chips.map(({ name, state, words, breaches }) =>
        h("li", {},
          h("button", { type: "button", "data-state": state, onclick: () => filterBy(name) }, h("span", { class: "badge" }, SIGNS[state]), h("strong", {}, nameOf(name)), h("span", {}, words)),
          ...breaches.slice(0, MOST_OF_PROGRAM).map(programBreach),
          breaches.length > MOST_OF_PROGRAM && h("p", {}, h("a", { href: addressOf("breaches") }, t("program.more", { count: breaches.length - MOST_OF_PROGRAM })))),
      ),
    );
  }

  filter() {
    const wanted = this.queues.filter(matches);
    arrange(this.list, wanted.map((queue) => this.rows.get(queue.queue).element));
    this.empty.hidden = wanted.length > 0;
    say(this.empty, t("filter.none", { text: document.getElementById("filter")?.value ?? "" }));
  }

  showHero() {
    const worst = this.queues?.[0];
    const breach = worst && (worst.state === "critical" || worst.state === "warning") ? leading(worst) : null;
    mark(this.hero, "data-state", breach ? worst.state : "fine");
    const whole = ofPrograms().filter((one) => one.severity !== "info").length;
    const key = breach ? JSON.stringify([worst.queue, breach, worst.last, Math.floor(live.beat.now / 60000)]) : `fine ${live.queues.size} ${whole}`;
    if (key === this.heroKey) return;
    this.heroKey = key;
    if (!breach) {
      this.hero.replaceChildren(
        h("p", { class: "calm" }, h("strong", {}, whole ? `▼ ${t("hero.programs", { count: whole })}` : `✓ ${t("hero.fine")}`), ` ${t("hero.fine.more", { count: live.queues.size })}`),
      );
      return;
    }
    const last = worst.last;
    const lasted = f.duration(live.beat.now - Date.parse(breach.since));
    this.hero.replaceChildren(
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
          h("p", { class: "hero-label" }, `${t("hero.level", last)} · ${t("hero.range", { range: f.range(worst.range) })}`),
        ),
      h(
        "div",
        { class: "hero-why" },
        h("p", { class: "hero-rule" }, h("strong", {}, rule(breach.rule)), ` ${t("hero.since", { time: f.since(breach.since, live.beat.now), duration: lasted })}`),
        isBack(breach, last)
          ? h("p", { class: "hero-cause" }, t("breach.back", last))
          : mainCauses(breach).length
          ? h("p", { class: "hero-cause" }, t("hero.because") + t("colon"), h("strong", {}, mainCauses(breach).join(t("list"))))
          : h("p", { class: "hero-cause" }, breachText(breach)),
        last?.net_staffing != null &&
          h("p", { class: "hero-cause" }, t("column.net") + t("colon"), h("strong", {}, f.signed(last.net_staffing, 1)), ` (${t("net.counts", { staffed: f.number(last.staffed_agents, 1), required: f.number(last.required_agents) })})`),
      ),
    );
  }
}

// A program's service level, only where its queues share a definition and the interval.
function chip(name, queues) {
  const last = queues.map((queue) => queue.last).filter(Boolean);
  const counted = last.filter((one) => one.denominator > 0);
  const alike = new Set(queues.map((queue) => `${queue.definition} ${queue.threshold_seconds}`)).size === 1;
  const together = alike && counted.length > 0 && new Set(counted.map((one) => one.start)).size === 1;
  const sum = (key) => counted.reduce((total, one) => total + one[key], 0);
  const level = together ? t("program.level", { level: f.percent(sum("numerator") / sum("denominator")), ...counted[0] }) : t("program.queues", { count: queues.length });
  return { name, state: queues[0]?.state ?? "closed", words: level };
}

// Open breaches of whole programs (a month's accuracy, a day's coverage), most urgent first.
function ofPrograms() {
  return live.breaches.filter((breach) => !breach.queue && breach.state !== "resolved");
}

function programBreach(breach) {
  return h("p", { class: "of-program", "data-severity": breach.severity, "data-breach": breach.breach_id },
    h("span", { class: "badge" }, `${BREACH_SIGNS[breach.severity]} ${breach.item}`),
    h("strong", {}, `${rule(breach.rule)}${breach.scope ? ` (${shortened(breach.scope)})` : ""}`),
    h("span", {}, t("breach.since", { time: f.since(breach.since, live.beat.now) })),
    h("span", { class: "dim" }, breachText(breach)));
}

function filterBy(name) {
  const box = document.getElementById("filter");
  box.value = box.value === name ? "" : name;
  box.dispatchEvent(new Event("input"));
}

function breachText(breach) {
  return document.documentElement.lang.startsWith("zh") ? breach.message_zh : breach.message;
}

// One span of time for all day bars, so that they align in columns.
function windowOf(queues) {
  const days = queues.map((queue) => queue.day).filter((day) => day?.codes);
  if (!days.length) return { begin: 0, end: 1, key: "" };
  const begin = Math.min(...days.map((day) => day.first_ms));
  const end = Math.max(...days.map((day) => day.first_ms + day.codes.length * day.step_ms));
  return { begin, end, key: `${begin} ${end}` };
}

class Row {
  constructor(name) {
    const cell = (column, ...children) => h("div", { role: "cell", class: `c-${column}` }, ...children);
    this.sign = h("span", { class: "sign", "aria-hidden": "true" });
    this.word = h("span", { class: "word" });
    this.program = h("small", { class: "dim" });
    this.now = h("span", { class: "figure" });
    this.nowCounts = h("small", { class: "dim" });
    this.last = h("span", { class: "figure" });
    this.lastTime = h("small", { class: "dim" });
    this.net = h("span", { class: "figure" });
    this.netCounts = h("small", { class: "dim" });
    this.volume = h("span", { class: "figure" });
    this.volumeCounts = h("small", { class: "dim" });
    this.aht = h("span", { class: "figure" });
    this.ahtCounts = h("small", { class: "dim" });
    this.bullet = new Bullet();
    this.day = h("a", { class: "strip", href: addressOf("queue", name) });
    this.why = h("div", { class: "why" });
    this.element = h(
      "div",
      { role: "row", class: "queue" },
      cell("state", h("span", { class: "badge" }, this.sign, this.word)),
      cell("queue", h("a", { class: "name", href: addressOf("queue", name), title: shortened(name) === name ? null : shortened(name, 1000) }, ...breakable(shortened(name))), this.program),
      cell("now", this.now, this.nowCounts, this.bullet.element),
      cell("last", this.last, this.lastTime),
      cell("net", this.net, this.netCounts),
      cell("volume", this.volume, this.volumeCounts),
      cell("aht", this.aht, this.ahtCounts),
      cell("day", this.day),
      cell("why", this.why),
    );
  }

  show(queue, window, figuresOnly) {
    mark(this.element, "data-state", queue.state);
    mark(this.element, "data-loud", LOUD.has(queue.state));
    say(this.sign, SIGNS[queue.state]);
    say(this.word, t(`state.${queue.state}`));
    const { open, last, range } = queue;
    const settled = open?.denominator > 0;
    say(this.now, settled ? f.level(open.service_level, range) : f.NONE);
    mark(this.now, "data-verdict", settled ? open.spec : "none");
    say(this.nowCounts, settled ? t("now.counts", { good: open.numerator, all: open.denominator, threshold: f.number(queue.threshold_seconds, 1) }) : open?.offered ? t("now.few", { all: open.offered }) : "");
    this.bullet.show(settled ? open.service_level : null, settled ? open.spec : "none", queue);
    say(this.last, f.level(last?.service_level, range));
    mark(this.last, "data-verdict", last?.status === "missing" ? "missing" : last?.spec ?? "none");
    say(this.lastTime, last ? t("last.label", last) : "");
    // The requirement of an open interval is unreliable after a few contacts; the last one's is shown then.
    const staffing = open?.net_staffing != null && !FEW.has(open.spec) ? open : last;
    say(this.net, f.signed(staffing?.net_staffing, 1));
    mark(this.net, "data-verdict", staffing?.plan?.includes("understaffed") ? "below" : staffing?.plan?.includes("overstaffed") ? "above" : "none");
    say(this.netCounts, staffing?.net_staffing == null ? "" : t("net.counts", { staffed: f.number(staffing.staffed_agents, 1), required: f.number(staffing.required_agents) }));
    say(this.volume, f.signedPercent(last?.volume_variance));
    mark(this.volume, "data-verdict", /volume_(high|low)/.test(last?.plan ?? "") ? "warn" : "none");
    say(this.volumeCounts, against(last, "volume.counts", last?.offered, last?.forecast_offered));
    say(this.aht, f.signedPercent(last?.aht_variance));
    mark(this.aht, "data-verdict", /aht_(high|low)/.test(last?.plan ?? "") ? "warn" : "none");
    say(this.ahtCounts, against(last, "aht.counts", last?.aht_seconds, last?.forecast_aht_seconds));
    if (figuresOnly && queue.state === this.state) return;
    this.state = queue.state;
    say(this.program, queue.channel === "voice" ? shortened(queue.program) : `${shortened(queue.program)} · ${queue.channel}`);
    this.day.replaceChildren(dayBars(queue.day, queue.range, window));
    mark(this.day, "aria-label", `${shortened(queue.queue)}: ${t("day.strip", { from: f.clock(window.begin), to: f.clock(window.end) })}`);
    this.day.hidden = !queue.day?.codes;
    this.why.replaceChildren(...why(queue));
  }
}

// Long names break at the ends of words.
function breakable(name) {
  return name.split(/(?<=[_./-])/).flatMap((part, place) => (place ? [h("wbr"), part] : [part]));
}

function against(last, key, came, planned) {
  if (!last) return "";
  if (planned == null) return came == null ? t("no.plan") : `${f.number(came)} · ${t("no.plan")}`;
  return t(key, { came: f.number(came), planned: f.number(planned) });
}

function why(queue) {
  const breach = leading(queue);
  if (breach) {
    const others = queue.breaches.filter((other) => other !== breach).map((other) => rule(other.rule));
    const causes = isBack(breach, queue.last) ? [t("breach.back", queue.last)] : mainCauses(breach);
    return [
      h("p", {}, h("strong", {}, rule(breach.rule)), " ", h("span", {}, t("breach.since", { time: f.since(breach.since, live.beat.now) }))),
      causes.length > 0 && h("p", { class: "causes" }, ...causes.map((text, place) => h("span", {}, text, place < causes.length - 1 ? t("list") : ""))),
      others.length > 0 && h("p", { class: "dim" }, t("why.also", { list: [...new Set(others)].join(t("list")) })),
    ].filter(Boolean);
  }
  if (queue.state === "below" && queue.open?.spec === "below") return [h("p", {}, t("why.open", queue.open))];
  const key = `why.${queue.state}`;
  if (!["never_seen", "missing", "stale", "below", "unknown", "above", "waiting"].includes(queue.state)) return [];
  return [h("p", { class: queue.state === "above" ? "dim" : null }, t(key, queue.last ?? queue.open ?? {}))];
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
