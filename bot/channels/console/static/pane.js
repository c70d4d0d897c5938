// One person's phone: the conversation and the place to write.

import { get, messagesOf, Offline } from "./api.js";
import { avatar } from "./avatar.js";
import { bubble } from "./bubble.js";
import { Composer } from "./composer.js";
import { h, icon, iconButton } from "./dom.js";
import { Outgoing } from "./outgoing.js";
import { dayName, errorText, placeOf, t } from "./words.js";

const SHOWN_AT_FIRST = 120;
const NEAR_END = 90;

export class Pane {
  // `frame` offers onClose(pane), onActive(pane), onUnread(), onRecord(number).
  constructor(person, frame) {
    this.person = person;
    this.frame = frame;
    this.messages = new Map(); // by the id of their first version; edits replace in place
    this.firstVersion = new Map();
    this.pressed = new Map(); // what was pressed on a message since its last version
    this.last = null;
    this.unread = 0;
    this.most = SHOWN_AT_FIRST;
    this.stuck = true; // to the end of the log
    this.build();
    this.outgoing = new Outgoing(person, this.pending, {
      onAccepted: (id) => this.accepted(id), onProblem: (text, retry) => this.problem(text, retry),
    });
    this.composer = new Composer(person, {
      onSend: (said) => this.say(said), onProblem: (text) => this.problem(text),
    });
    this.root.append(this.alert, this.composer.root);
    this.sizes = new ResizeObserver(() => this.resized());
    for (const element of [this.root, this.log, this.list, this.pending]) this.sizes.observe(element);
    this.refresh();
  }

  build() {
    const { person } = this;
    this.badge = h("span", { class: "badge", hidden: true });
    this.list = h("ol", { class: "messages" });
    this.pending = h("ol", { class: "messages pending" });
    this.earlier = h("button", { type: "button", class: "earlier", hidden: true, onclick: () => this.showEarlier() }, t("earlier"));
    this.below = h("button", { type: "button", class: "below", hidden: true, onclick: () => this.toEnd(true) }, icon("down"), t("newBelow"));
    this.empty = h("p", { class: "empty", hidden: true }, t("empty"));
    this.log = h(
      "div",
      { class: "log", role: "log", "aria-live": "off", tabindex: "0", "aria-label": t("conversation", { name: person.name }), onscroll: () => this.scrolled() },
      this.earlier, this.empty, this.list, this.pending,
    );
    this.alert = h("div", { class: "problem", role: "alert", hidden: true });
    this.root = h(
      "section",
      { class: "pane", id: `pane-${person.id}`, "aria-label": t("conversation", { name: person.name }), tabindex: "-1" },
      h(
        "header",
        { class: "pane-head" },
        avatar(person),
        h("div", { class: "who" }, h("h2", {}, person.name, this.badge), h("p", { title: placeOf(person) }, placeOf(person))),
        this.frame.onClose && iconButton("close", t("closePane", { name: person.name }), () => this.frame.onClose(this)),
      ),
      this.log,
      this.below,
    );
    this.root.addEventListener("focusin", () => this.frame.onActive(this));
    this.root.addEventListener("pointerdown", () => this.frame.onActive(this));
    for (const kind of ["dragenter", "dragover"]) this.root.addEventListener(kind, (event) => this.dragged(event));
    this.root.addEventListener("dragleave", (event) => this.root.contains(event.relatedTarget) || this.root.classList.remove("dropping"));
    this.root.addEventListener("drop", (event) => this.dropped(event));
    this.root.dataset.drop = t("drop");
  }

  // ---- what comes in

  // Fetch what is newer, waiting so many seconds for it; asked again meanwhile, look once more afterwards.
  async refresh(wait = 0) {
    if (this.fetching) {
      this.wanted ||= !wait;
      return this.fetching;
    }
    this.fetching = this.fetchNewer(wait);
    try {
      await this.fetching;
    } finally {
      this.fetching = null;
    }
    if (this.wanted) {
      this.wanted = false;
      await this.refresh();
    }
  }

  async fetchNewer(wait) {
    const first = this.last === null;
    try {
      const after = first ? "" : `?after=${this.last}&wait=${wait}`;
      const found = await get(messagesOf(this.person.id) + after);
      if (first || found.length) this.take(found, first);
      if (this.cannotLoad) this.problem(null);
    } catch (error) {
      if (error instanceof Offline && !first) return; // the page says so once, above all panes
      this.problem(errorText(error), () => this.refresh());
      this.cannotLoad = true;
    }
  }

  take(found, first) {
    const atEnd = first || this.stuck;
    for (const message of found) this.keep(message, first);
    this.last = Math.max(this.last ?? 0, ...found.map((message) => message.id));
    const fromBot = found.filter((message) => message.from === "bot").length;
    if (!first && fromBot && !this.isWatched()) this.count(this.unread + fromBot);
    if (first) this.draw();
    this.empty.hidden = this.messages.size > 0;
    if (atEnd) this.toEnd();
    else if (fromBot) this.below.hidden = false;
    this.log.setAttribute("aria-live", "polite");
  }

  keep(message, quietly) {
    const origin = message.edits && this.firstVersion.get(message.edits);
    const key = origin ?? message.id;
    this.firstVersion.set(message.id, key);
    const shown = this.messages.get(key);
    if (shown) this.pressed.delete(key);
    const about = message.from === "person" && this.firstVersion.get(message.reply_to);
    if (about) this.pressed.set(about, message.text);
    this.messages.set(key, shown ? { ...message, at: message.at, reply_to: shown.reply_to } : message);
    if (quietly) return;
    if (about) this.replace(about, this.drawn(this.messages.get(about)));
    const fresh = this.drawn(this.messages.get(key));
    fresh.classList.add(shown ? "just-updated" : "just-arrived");
    if (shown) this.replace(key, fresh);
    else this.list.append(...this.withDay(key, fresh));
  }

  replace(key, fresh) {
    const old = this.list.querySelector(`[data-key="${key}"]`);
    const held = old?.contains(document.activeElement);
    old?.replaceWith(fresh);
    if (held) this.composer.focus();
  }

  drawn(message) {
    const element = bubble(message, {
      name: this.person.name,
      onPress: (choice, about, button) => this.press(choice, about, button),
      onRecord: (number) => this.frame.onRecord(number, this),
      textOf: (id) => this.messages.get(this.firstVersion.get(id))?.text,
      pressedOn: (id) => this.pressed.get(this.firstVersion.get(id)),
      onStaleLink: () => this.renewLinks(),
    });
    element.dataset.key = String(this.firstVersion.get(message.id));
    return element;
  }

  withDay(key, element) {
    const day = dayName(this.messages.get(key).at);
    if (day === this.lastDay) return [element];
    this.lastDay = day;
    return [h("li", { class: "day" }, h("span", {}, day)), element];
  }

  draw() {
    this.lastDay = null;
    const keys = [...this.messages.keys()].slice(-this.most);
    this.earlier.hidden = keys.length === this.messages.size;
    this.list.replaceChildren(...keys.flatMap((key) => this.withDay(key, this.drawn(this.messages.get(key)))));
  }

  showEarlier() {
    const before = this.log.scrollHeight;
    this.most += SHOWN_AT_FIRST;
    this.draw();
    this.log.scrollTop += this.log.scrollHeight - before;
  }

  // Media links live for half an hour; list everything again once when one has died.
  async renewLinks() {
    if (this.renewed && Date.now() - this.renewed < 60_000) return;
    this.renewed = Date.now();
    for (const message of await get(messagesOf(this.person.id))) this.keep(message, true);
    this.draw();
  }

  // ---- what goes out

  say(said) {
    this.problem(null);
    this.outgoing.send(said);
    this.empty.hidden = true;
    this.toEnd();
  }

  press(choice, message, button) {
    const group = button.closest(".choices");
    if (group.getAttribute("aria-busy")) return;
    group.setAttribute("aria-busy", "true");
    button.classList.add("pressed");
    this.composer.focus();
    this.outgoing.send({ press: choice.value, message: message.id }, () => {
      group.removeAttribute("aria-busy");
      button.classList.remove("pressed");
    });
    this.toEnd();
  }

  async accepted(id) {
    if (this.last !== null && this.last >= id) return;
    await this.refresh();
    this.toEnd();
  }

  problem(text, retry) {
    this.cannotLoad = false;
    this.alert.hidden = !text;
    if (!text) return this.alert.replaceChildren();
    const again = retry && h("button", { type: "button", onclick: retry }, t("retry"));
    const close = iconButton("close", t("close"), () => this.problem(null));
    this.alert.replaceChildren(icon("warn"), h("span", {}, text), ...(again ? [again] : []), close);
  }

  dragged(event) {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    this.root.classList.add("dropping");
  }

  dropped(event) {
    this.root.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    this.composer.add([...event.dataTransfer.files]);
    this.composer.focus();
  }

  // ---- where one looks

  isWatched() {
    return this.active && !document.hidden && this.stuck;
  }

  // Photos that load, a growing field, a turned phone: whoever was at the end stays there.
  resized() {
    this.composer.fit();
    if (this.stuck) this.log.scrollTop = this.log.scrollHeight;
  }

  toEnd(focusing = false) {
    this.stuck = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.below.hidden = true;
    if (focusing) this.focus();
  }

  scrolled() {
    this.stuck = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END;
    if (this.stuck) this.seen();
  }

  seen() {
    if (this.stuck) this.below.hidden = true;
    if (this.isWatched() && this.unread) this.count(0);
  }

  setActive(active) {
    this.active = active;
    this.root.classList.toggle("active", active);
    this.seen();
  }

  count(unread) {
    this.unread = unread;
    this.badge.hidden = !unread;
    this.badge.textContent = unread > 99 ? "99+" : String(unread);
    this.badge.setAttribute("aria-label", t("unread", { n: unread }));
    this.frame.onUnread();
  }

  focus() {
    this.root.scrollIntoView({ inline: "nearest", block: "nearest" });
    this.composer.focus();
  }
}
