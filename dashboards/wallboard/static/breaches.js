// The list of breaches: open ones with their begin, causes and what the journal says of them, then resolved ones.

import { h, nameOf, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { asked, dateBar, dateKey, today } from "./dates.js";
import { act, actedOf, seenOf } from "./journal.js";
import { ask, live } from "./live.js";
import { addressOf, matches } from "./router.js";
import { language, t } from "./texts.js";
import { BREACH_SIGNS, cause, causesSpan, courseOf, lastSpan, points, rule } from "./labels.js";

const MOST = 200;
const AT_FIRST = 100; // open breaches shown by themselves; the rest at a press of a button

export class Breaches {
  constructor(root) {
    this.date = asked();
    this.past = this.date && this.date !== today() ? [] : null;
    this.root = h("div", { class: "breaches" });
    this.told = h("p", { class: "empty", hidden: true });
    root.append(h("div", { class: "title" }, h("h1", {}, t("nav.breaches")), dateBar("day", t("nav.breaches"))), this.told, this.root);
    if (this.past) this.load();
    else this.filter();
  }

  close() {
    this.closed = true;
  }

  key(event) {
    return dateKey("day", event);
  }

  async load() {
    this.say(t("loading"));
    try {
      const { breaches } = await ask("/live/breaches", { date: this.date });
      if (this.closed) return;
      this.past = breaches;
      this.say("");
      this.filter();
    } catch (error) {
      if (!this.closed) this.say(error.message);
    }
  }

  say(text) {
    this.told.hidden = !text;
    say(this.told, text);
  }

  update(kind) {
    if (!this.past && (kind === "breaches" || kind === "state")) this.filter();
  }

  filter() {
    const held = document.activeElement?.closest?.("[data-breach]")?.dataset.breach;
    const shown = (this.past ?? live.breaches).filter(matches);
    const all = shown.filter((breach) => breach.state !== "resolved");
    const still = this.whole ? all : all.slice(0, AT_FIRST);
    const over = shown.filter((breach) => breach.state === "resolved" && !breach.live).slice(0, MOST);
    const part = (key, breaches, none, count) =>
      h("section", {}, h("h2", {}, t(key), h("span", { class: "dim" }, ` ${count ?? breaches.length}`)), breaches.length ? h("ul", { class: "cards" }, ...breaches.map((breach) => h("li", {}, card(breach, () => this.past && this.load())))) : h("p", { class: "empty" }, t(none)));
    const notices = still.filter((breach) => breach.live);
    const parts = this.past
      ? [part("breaches.of.day", [...still, ...over], "breaches.none.of.day")]
      : [part("breaches.open", still.filter((breach) => !breach.live), "breaches.none", all.filter((breach) => !breach.live).length), ...(notices.length ? [part("breaches.notices", notices, "breaches.none")] : []), part("breaches.resolved", over, "breaches.none.resolved")];
    const more = () => {
      this.whole = true;
      this.filter();
    };
    if (still.length < all.length) parts.splice(1, 0, h("p", {}, h("button", { type: "button", onclick: more }, t("program.all", { count: all.length - still.length }))));
    this.root.replaceChildren(...parts);
    if (held) this.root.querySelector(`[data-breach="${CSS.escape(held)}"] button, [data-breach="${CSS.escape(held)}"] a`)?.focus();
  }
}

// `noted` is called when something was written into the journal from here.
export function card(breach, noted = () => {}) {
  const item = live.items[breach.item];
  const title = item ? t("breach.item", { item: breach.item, title: item[language] }) : breach.item;
  const over = breach.state === "resolved";
  const worst = over && breach.queue && !breach.live ? breach.worst_interval_start : null;
  return h(
    "article",
    { class: "breach", "data-breach": breach.breach_id, "data-severity": over ? "over" : breach.severity },
    h(
      "header",
      {},
      h("span", { class: "badge" }, `${over ? "✓" : BREACH_SIGNS[breach.severity]} ${over ? t("breach.resolved") : t(`breach.severity.${breach.severity}`)}`),
      h("h3", {}, breach.queue ? h("a", { href: addressOf("queue", breach.queue) }, nameOf(breach.queue)) : nameOf(breach.program || breach.scope), t("colon"), rule(breach.rule), breach.scope && (breach.queue || breach.program) ? ` (${shortened(breach.scope)})` : ""),
      h("span", { class: over ? null : "dim" }, courseOf(breach, f.since(breach.since, live.beat.now))),
    ),
    h("p", { class: "message" }, language === "zh" ? breach.message_zh : breach.message),
    breach.causes?.length ? h("p", { class: "dim" }, t(worst ? "breach.causes.worst" : "breach.causes.of", { span: causesSpan(breach) })) : null,
    breach.causes?.length ? causesOf(breach) : null,
    actedOf(breach),
    h(
      "footer",
      {},
      h("span", { class: "dim" }, title),
      worst && worst !== breach.interval_start ? h("a", { href: addressOf("interval", breach.queue, worst) }, t("breach.worst", { span: causesSpan(breach) })) : null,
      breach.queue ? h("a", { href: addressOf("interval", breach.queue, breach.interval_start) }, t("breach.last", { time: lastSpan(breach) })) : null,
      h("span", { class: "spring" }),
      seenOf(breach, noted),
      live.canAcknowledge ? h("button", { type: "button", onclick: () => act(breach, noted) }, t("breach.act")) : null,
    ),
  );
}

function causesOf(breach) {
  const most = Math.max(...breach.causes.map((part) => Math.abs(part.effect)), 0.01);
  return h(
    "ul",
    { class: "effects", "aria-label": t("breach.causes") },
    ...breach.causes.map((part) =>
      h(
        "li",
        { "data-cause": part.cause, "data-points": points(part.effect) },
        h("span", { class: "effect", "data-sign": part.effect < 0 ? "minus" : "plus", style: { "--share": Math.abs(part.effect) / most }, "aria-hidden": "true" }),
        cause(part.cause, part.effect, breach.changes),
      ),
    ),
  );
}
