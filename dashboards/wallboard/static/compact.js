// The overview of many queues: a line for each group, worst first, which unfolds into its queues; trouble first.

import { restOf } from "./ahead.js";
import { arrange, h, mark, nameOf, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { GroupFigures, groupOf, sectionsOf, stateCounts } from "./groups.js";
import { live } from "./live.js";
import { addressOf, withOptions } from "./router.js";
import { isLoud, netVerdict, put, whyText } from "./row.js";
import { t } from "./texts.js";
import { intervalsOf, SIGNS } from "./labels.js";

const FIRST = 8; // queues in trouble that a group shows by itself, at least while there is room
const MOST = 120; // rows that unfold by themselves, on the whole screen
const SCREEN = 40; // rows that a screen holds: they are drawn first, the others once these are painted

export class Compact {
  constructor() {
    this.element = h("div", { class: "compact" });
    this.sections = new Map();
    this.wanted = new Map(); // by group: folded, trouble or all, where somebody chose it
    this.rows = new Map();
  }

  // Queues worst first, by groups of a kind; `changed` are names whose rows must be drawn again, null: all.
  show(queues, changed, kind) {
    const sections = sectionsOf(kind || "program", queues);
    const each = Math.max(FIRST, Math.floor(MOST / sections.filter((one) => one.queues.some(isLoud)).length));
    let room = this.painted || !queues.length ? MOST : SCREEN;
    if (queues.length) this.drawRest();
    const shown = [];
    const kept = new Set();
    for (const of of sections) {
      const loud = of.queues.filter(isLoud);
      const chosen = this.wanted.get(of.key);
      const list = chosen === "all" ? of.queues : chosen === "trouble" ? loud : chosen === "folded" ? [] : (sections.length === 1 ? of.queues : loud).slice(0, Math.min(each, room));
      room -= list.length;
      const section = this.sections.get(of.key) ?? this.open(of);
      section.show(of.queues, loud, list, this.rowsOf(of.key, list, changed, kept));
      shown.push(section.element);
    }
    const keys = new Set(sections.map(({ key }) => key));
    for (const key of this.sections.keys()) if (!keys.has(key)) this.sections.delete(key);
    for (const key of this.rows.keys()) if (!kept.has(key)) this.rows.delete(key);
    arrange(this.element, shown);
    Object.assign(this, { queues, kind });
  }

  drawRest() {
    if (this.painted !== undefined) return;
    this.painted = false;
    requestAnimationFrame(() => setTimeout(() => {
      this.painted = true;
      this.show(this.queues, [], this.kind);
    }));
  }

  open(of) {
    const section = new Section(of, (choice) => {
      this.wanted.set(of.key, choice);
      this.show(this.queues, [], this.kind);
    });
    this.sections.set(of.key, section);
    return section;
  }

  rowsOf(group, list, changed, kept) {
    return list.map((queue) => {
      const key = `${group} ${queue.queue}`;
      kept.add(key);
      const known = this.rows.get(key);
      const row = known ?? new Line(queue.queue);
      if (!known) this.rows.set(key, row);
      if (!known || !changed || changed.includes(queue.queue)) row.show(queue);
      return row.element;
    });
  }
}

class Section {
  constructor({ kind, id, name }, choose) {
    Object.assign(this, { kind, id });
    this.fold = h("button", { type: "button", class: "fold", onclick: () => choose(this.folded ? "trouble" : "folded") });
    this.badge = h("span", { class: "badge" });
    this.words = h("span", {});
    this.more = h("button", { type: "button", class: "more", onclick: () => choose(this.next) });
    this.list = h("ul", { class: "lines", "aria-label": shortened(name) });
    this.fold.append(h("span", { "aria-hidden": "true" }), this.badge, h("strong", {}, nameOf(name)));
    this.figures = new GroupFigures();
    const only = kind === "program" && h("a", { href: withOptions({ program: id, q: "" }), title: t("program.screen") }, t("program.only"));
    this.element = h("section", { class: "program-line" }, h("header", {}, this.fold, this.words, h("span", { class: "spring" }), this.more, only), this.figures.element, this.list);
  }

  show(queues, loud, list, rows) {
    this.folded = !list.length;
    this.next = list.length < loud.length ? "trouble" : list.length < queues.length ? "all" : "folded";
    mark(this.element, "data-state", queues[0].state);
    mark(this.fold, "aria-expanded", String(!this.folded));
    say(this.fold.firstChild, this.folded ? "▸" : "▾");
    say(this.badge, SIGNS[queues[0].state]);
    say(this.words, stateCounts(queues));
    this.figures.show(groupOf(this.kind, this.id));
    const left = (this.next === "trouble" ? loud.length : queues.length) - list.length;
    say(this.more, this.next === "folded" ? t("program.fold") : t(`program.${this.next}`, { count: left }));
    arrange(this.list, rows);
  }
}

class Line {
  constructor(name) {
    this.badge = h("span", { class: "badge" });
    const figure = () => [h("span", { class: "figure" }), h("small", { class: "dim" })];
    this.cells = { now: figure(), last: figure(), net: figure(), ahead: figure() };
    this.why = h("span", { class: "l-why" });
    this.element = h("li", { class: "line" }, this.badge, h("a", { class: "name", href: addressOf("queue", name), title: shortened(name, 1000) }, shortened(name)), ...Object.entries(this.cells).map(([place, cell]) => h("span", { class: `l-${place}` }, ...cell)), this.why);
  }

  show(queue) {
    const { open, last } = intervalsOf(queue, live.beat.now);
    const zone = queue.timezone;
    mark(this.element, "data-state", queue.state);
    say(this.badge, `${SIGNS[queue.state]} ${t(`state.${queue.state}`)}`);
    const settled = open?.denominator > 0;
    put(this.cells.now, settled ? f.level(open.service_level, queue.range) : f.NONE, settled ? open.spec : "none", open ? t("now.caption", { span: f.span(open, zone) }) : "");
    put(this.cells.last, f.level(last?.service_level, queue.range), last?.spec ?? "none", last ? t("last.caption", { span: f.span(last, zone) }) : "");
    put(this.cells.net, f.signed(last?.net_staffing, 1), netVerdict(queue, last?.plan), last?.net_staffing == null ? "" : t(queue.pools.length ? "pooled" : "column.net"));
    const rest = restOf(queue);
    put(this.cells.ahead, rest.figure, rest.risky ? "risk" : "none", rest.said || rest.chance);
    mark(this.cells.ahead[1], "title", rest.title);
    say(this.why, whyText(queue, last));
  }
}
