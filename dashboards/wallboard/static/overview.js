// The overview: every queue now, worst first.

import { arrange, h, nameOf, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { breachesOfPrograms, Hero, textOf } from "./hero.js";
import { live, ranked } from "./live.js";
import { addressOf, filterText, matches, scoped } from "./router.js";
import { heads, Row } from "./row.js";
import { t } from "./texts.js";
import { BREACH_SIGNS, rule, SIGNS } from "./labels.js";

const MOST_OF_PROGRAM = 3;

export class Overview {
  constructor(root) {
    this.rows = new Map();
    this.hero = new Hero();
    this.programs = h("ul", { class: "programs", "aria-label": t("programs") });
    this.list = h("div", { class: "queues", role: "rowgroup" });
    this.empty = h("p", { class: "empty", hidden: true });
    root.append(
      this.hero.element,
      this.programs,
      h("div", { role: "table", class: "overview", "aria-label": t("nav.overview") }, h("div", { role: "rowgroup" }, heads()), this.list),
      this.empty,
    );
    this.update("state", []);
  }

  update(kind, names) {
    if (kind === "state") {
      for (const name of [...this.rows.keys()]) if (!live.queues.has(name)) this.rows.delete(name);
    }
    if (kind === "breaches") {
      this.hero.show(this.queues);
      this.showPrograms();
      return;
    }
    if (kind === "beat") {
      this.beat();
      return;
    }
    this.queues = ranked().filter((queue) => scoped(queue.program));
    this.window = windowOf(this.queues);
    const moved = this.windowKey !== this.window.key;
    this.windowKey = this.window.key;
    const changed = kind === "state" || moved ? this.queues : names.map((name) => live.queues.get(name)).filter((queue) => queue && scoped(queue.program));
    for (const queue of changed) this.show(queue, kind === "figures" && !moved);
    this.filter();
    this.hero.show(this.queues);
    if (kind !== "figures") this.showPrograms();
  }

  show(queue, figuresOnly) {
    if (!this.rows.has(queue.queue)) this.rows.set(queue.queue, new Row(queue.queue));
    this.rows.get(queue.queue).show(queue, this.window, figuresOnly);
  }

  // With the minute an open interval may have ended.
  beat() {
    this.hero.show(this.queues);
    const minute = Math.floor(live.beat.now / 60000);
    if (minute === this.minute) return;
    this.minute = minute;
    for (const queue of this.queues) this.show(queue, true);
  }

  // Programs in the order of their worst queue; a single program has no heading.
  showPrograms() {
    const programs = new Map();
    for (const queue of this.queues) programs.set(queue.program, [...(programs.get(queue.program) ?? []), queue]);
    const whole = Map.groupBy(breachesOfPrograms(), (breach) => breach.program);
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
    say(this.empty, t("filter.none", { text: filterText() }));
  }
}

// A program's service level, only where its queues share a definition and the interval.
function chip(name, queues) {
  const last = queues.map((queue) => queue.last).filter(Boolean);
  const counted = last.filter((one) => one.denominator > 0);
  const alike = new Set(queues.map((queue) => `${queue.definition} ${queue.threshold_seconds}`)).size === 1;
  const together = alike && counted.length > 0 && new Set(counted.map((one) => one.start)).size === 1;
  const sum = (key) => counted.reduce((total, one) => total + one[key], 0);
  const level = together ? t("program.level", { level: f.percent(sum("numerator") / sum("denominator")), span: f.span(counted[0], queues[0].timezone) }) : t("program.queues", { count: queues.length });
  return { name, state: queues[0]?.state ?? "closed", words: level };
}

function programBreach(breach) {
  return h("p", { class: "of-program", "data-severity": breach.severity, "data-breach": breach.breach_id },
    h("span", { class: "badge" }, `${BREACH_SIGNS[breach.severity]} ${breach.item}`),
    h("strong", {}, `${rule(breach.rule)}${breach.scope ? ` (${shortened(breach.scope)})` : ""}`),
    h("span", {}, t("breach.since", { time: f.since(breach.since, live.beat.now) })),
    h("span", { class: "dim" }, textOf(breach)));
}

function filterBy(name) {
  const box = document.getElementById("filter");
  box.value = box.value === name ? "" : name;
  box.dispatchEvent(new Event("input"));
}

// One span of time for all day bars, so that they align in columns.
function windowOf(queues) {
  const days = queues.map((queue) => queue.day).filter((day) => day?.codes);
  if (!days.length) return { begin: 0, end: 1, key: "" };
  const begin = Math.min(...days.map((day) => day.first_ms));
  const end = Math.max(...days.map((day) => day.first_ms + day.codes.length * day.step_ms));
  return { begin, end, key: `${begin} ${end}` };
}
