// The overview of many queues: a line for each program, worst first, which unfolds into its queues; trouble first.

import { restOf } from "./ahead.js";
import { arrange, h, mark, nameOf, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { live } from "./live.js";
import { addressOf, withOptions } from "./router.js";
import { isLoud, levelOf, whyText } from "./row.js";
import { t } from "./texts.js";
import { intervalsOf, SIGNS } from "./labels.js";

const FIRST = 8; // queues in trouble that a program shows by itself, at least while there is room
const MOST = 120; // rows that unfold by themselves, on the whole screen
const SCREEN = 40; // rows that a screen holds: they are drawn first, the others once these are painted
const KINDS = { critical: "critical", warning: "warning", at_risk: "risk", never_seen: "unseen", missing: "unseen", stale: "unseen", unknown: "unseen", below: "outside", above: "outside" };

export class Compact {
  constructor() {
    this.element = h("div", { class: "compact" });
    this.sections = new Map();
    this.wanted = new Map(); // by program: folded, trouble or all, where somebody chose it
    this.rows = new Map();
  }

  // Queues worst first; `changed` are names whose rows must be drawn again, null: all.
  show(queues, changed) {
    const programs = Map.groupBy(queues, (queue) => queue.program);
    const each = Math.max(FIRST, Math.floor(MOST / [...programs.values()].filter((own) => own.some(isLoud)).length));
    let room = this.painted || !queues.length ? MOST : SCREEN;
    if (queues.length) this.drawRest();
    const shown = [];
    for (const [name, own] of programs) {
      const loud = own.filter(isLoud);
      const chosen = this.wanted.get(name);
      const list = chosen === "all" ? own : chosen === "trouble" ? loud : chosen === "folded" ? [] : (programs.size === 1 ? own : loud).slice(0, Math.min(each, room));
      room -= list.length;
      const section = this.sections.get(name) ?? this.open(name);
      section.show(own, loud, list, this.rowsOf(list, changed));
      shown.push(section.element);
    }
    for (const name of this.sections.keys()) if (!programs.has(name)) this.sections.delete(name);
    const kept = new Set(queues.map(({ queue }) => queue));
    for (const name of this.rows.keys()) if (!kept.has(name)) this.rows.delete(name);
    arrange(this.element, shown);
    this.queues = queues;
  }

  drawRest() {
    if (this.painted !== undefined) return;
    this.painted = false;
    requestAnimationFrame(() => setTimeout(() => {
      this.painted = true;
      this.show(this.queues, []);
    }));
  }

  open(name) {
    const section = new Section(name, (choice) => {
      this.wanted.set(name, choice);
      this.show(this.queues, []);
    });
    this.sections.set(name, section);
    return section;
  }

  rowsOf(list, changed) {
    return list.map((queue) => {
      const known = this.rows.get(queue.queue);
      const row = known ?? new Line(queue.queue);
      if (!known) this.rows.set(queue.queue, row);
      if (!known || !changed || changed.includes(queue.queue)) row.show(queue);
      return row.element;
    });
  }
}

class Section {
  constructor(name, choose) {
    this.fold = h("button", { type: "button", class: "fold", onclick: () => choose(this.folded ? "trouble" : "folded") });
    this.badge = h("span", { class: "badge" });
    this.words = h("span", {});
    this.more = h("button", { type: "button", class: "more", onclick: () => choose(this.next) });
    this.list = h("ul", { class: "lines", "aria-label": shortened(name) });
    this.fold.append(h("span", { "aria-hidden": "true" }), this.badge, h("strong", {}, nameOf(name)));
    this.element = h("section", { class: "program-line" }, h("header", {}, this.fold, this.words, h("span", { class: "spring" }), this.more, h("a", { href: withOptions({ program: name, q: "" }), title: t("program.screen") }, t("program.only"))), this.list);
  }

  show(queues, loud, list, rows) {
    this.folded = !list.length;
    this.next = list.length < loud.length ? "trouble" : list.length < queues.length ? "all" : "folded";
    mark(this.element, "data-state", queues[0].state);
    mark(this.fold, "aria-expanded", String(!this.folded));
    say(this.fold.firstChild, this.folded ? "▸" : "▾");
    say(this.badge, SIGNS[queues[0].state]);
    say(this.words, [...counts(queues), levelOf(queues)].filter(Boolean).join(t("list")));
    const left = (this.next === "trouble" ? loud.length : queues.length) - list.length;
    say(this.more, this.next === "folded" ? t("program.fold") : t(`program.${this.next}`, { count: left }));
    arrange(this.list, rows);
  }
}

function counts(queues) {
  const found = { critical: 0, warning: 0, unseen: 0, outside: 0, risk: 0, fine: 0 };
  for (const { state } of queues) found[KINDS[state] ?? "fine"] += 1;
  return Object.entries(found).flatMap(([name, count]) => (count ? [`${count} ${t(`count.${name}`)}`] : []));
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
    put(this.cells.net, f.signed(last?.net_staffing, 1), /understaffed/.test(last?.plan ?? "") ? "below" : "none", last?.net_staffing == null ? "" : t("column.net"));
    const rest = restOf(queue);
    put(this.cells.ahead, rest.figure, rest.risky ? "risk" : "none", rest.said || rest.chance);
    mark(this.cells.ahead[1], "title", rest.title);
    say(this.why, whyText(queue, last));
  }
}

function put([figure, caption], text, verdict, words) {
  say(figure, text);
  mark(figure, "data-verdict", verdict);
  say(caption, words);
}
