// The overview: every queue now, worst first, in one list or by program, site or pool.

import { Compact } from "./compact.js";
import { windowOf } from "./day_bars.js";
import { arrange, h, nameOf, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { GroupLine, groupOf, grouping, levelText, sectionsOf, Tabs } from "./groups.js";
import { breachesOfPrograms, Hero, textOf } from "./hero.js";
import { live, ranked } from "./live.js";
import { addressOf, filterText, matches, scoped } from "./router.js";
import { heads, Row } from "./row.js";
import { t } from "./texts.js";
import { BREACH_SIGNS, rule, SIGNS } from "./labels.js";

const MOST_OF_PROGRAM = 3;
const MOST_ROWS = 40; // more queues than this are shown group by group

export class Overview {
  constructor(root) {
    this.rows = new Map();
    this.hero = new Hero();
    this.programs = h("ul", { class: "programs", "aria-label": t("programs") });
    this.tabs = new Tabs();
    this.list = h("div", { class: "queues", role: "rowgroup" });
    this.lines = new Map();
    this.sections = h("div", { role: "none" });
    this.table = h("div", { role: "table", class: "overview", "aria-label": t("nav.overview") }, h("div", { role: "rowgroup" }, heads()), this.list, this.sections);
    this.compact = new Compact();
    this.empty = h("p", { class: "empty", hidden: true });
    root.append(this.hero.element, this.tabs.element, this.programs, this.table, this.compact.element, this.empty);
    this.update("state", []);
  }

  update(kind, names) {
    if (kind === "state") {
      for (const [key, row] of this.rows) if (!live.queues.has(row.name)) this.rows.delete(key);
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
    if (kind === "groups") {
      this.filter([]);
      this.showPrograms();
      return;
    }
    this.queues = ranked().filter((queue) => scoped(queue.program));
    this.window = windowOf(this.queues);
    const moved = this.windowKey !== this.window.key;
    this.windowKey = this.window.key;
    this.filter(kind === "state" || moved ? null : names, kind === "figures" && !moved);
    this.hero.show(this.queues);
    if (kind !== "figures") this.showPrograms();
  }

  // With the minute an open interval may have ended.
  beat() {
    this.hero.show(this.queues);
    const minute = Math.floor(live.beat.now / 60000);
    if (minute === this.minute) return;
    this.minute = minute;
    this.filter(null, true);
  }

  key(event) {
    return event.key === "g" && this.tabs.step();
  }

  // Programs in the order of their worst queue; a single program has no heading. Where queues stand by groups, only those
  // with breaches of their own, which may be of a pool as well.
  showPrograms() {
    const programs = new Map();
    for (const queue of this.queues) programs.set(queue.program, [...(programs.get(queue.program) ?? []), queue]);
    const whole = Map.groupBy(breachesOfPrograms(), (breach) => breach.program || breach.scope);
    for (const name of whole.keys()) if (!programs.has(name)) programs.set(name, []);
    const shown = [...programs].filter(([name]) => whole.has(name) || (programs.size > 1 && !grouping(this.queues)));
    const chips = shown.map(([name, queues]) => ({ name, state: queues[0]?.state ?? "closed", words: levelText(groupOf("program", name)) || (queues.length ? t("program.queues", { count: queues.length }) : ""), breaches: whole.get(name) ?? [] }));
    const key = JSON.stringify(chips);
    if (key === this.programsKey) return;
    this.programsKey = key;
    this.chips = chips.length;
    this.programs.hidden = !chips.length || this.table.hidden;
    this.programs.replaceChildren(
      ...chips.map(({ name, state, words, breaches }) =>
        h("li", {},
          h("button", { type: "button", "data-state": state, onclick: () => filterBy(name) }, h("span", { class: "badge" }, SIGNS[state]), h("strong", {}, nameOf(name)), h("span", {}, words)),
          ...breaches.slice(0, MOST_OF_PROGRAM).map(programBreach),
          breaches.length > MOST_OF_PROGRAM && h("p", {}, h("a", { href: addressOf("breaches") }, t("program.more", { count: breaches.length - MOST_OF_PROGRAM })))),
      ),
    );
  }

  // `changed` are names whose figures are new; null: all of them.
  filter(changed = [], figuresOnly = false) {
    const wanted = this.queues.filter(matches);
    const many = wanted.length > MOST_ROWS;
    this.table.hidden = many || !wanted.length;
    this.compact.element.hidden = !many;
    const kind = grouping(this.queues);
    this.tabs.show(this.queues, many);
    this.compact.show(many ? wanted : [], changed, kind);
    arrange(this.list, many || kind ? [] : wanted.map((queue) => this.rowOf("", queue, changed, figuresOnly)));
    arrange(this.sections, many || !kind ? [] : sectionsOf(kind, wanted).map((section) => this.sectionOf(section, changed, figuresOnly)));
    this.programs.hidden = many || !this.chips;
    this.empty.hidden = wanted.length > 0;
    say(this.empty, t("filter.none", { text: filterText() }));
  }

  sectionOf(section, changed, figuresOnly) {
    const known = this.lines.get(section.key);
    const line = known ?? { head: new GroupLine(section), body: h("div", { role: "rowgroup", class: "group-queues", "aria-label": shortened(section.name) }) };
    if (!known) this.lines.set(section.key, line);
    line.head.show(section.queues);
    arrange(line.body, [line.head.element, ...section.queues.map((queue) => this.rowOf(`${section.key} `, queue, changed, figuresOnly))]);
    return line.body;
  }

  // A queue may stand in several pools.
  rowOf(group, queue, changed, figuresOnly) {
    const key = group + queue.queue;
    const known = this.rows.get(key);
    const row = known ?? new Row(queue.queue);
    if (!known) this.rows.set(key, row);
    if (!known || !changed || changed.includes(queue.queue)) row.show(queue, this.window, known && figuresOnly);
    return row.element;
  }
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
