// The page, put together: who is open, who has news, where the keys lead.

import { get, post, remove } from "./api.js";
import { avatar } from "./avatar.js";
import { ClockBar } from "./clockbar.js";
import { h, icon, iconButton, memory, redraw } from "./dom.js";
import { Live } from "./live.js";
import { Pane } from "./pane.js";
import { choosePerson } from "./people.js";
import { Records } from "./records.js";
import { currentLanguage, errorText, placeOf, setLanguage, setZone, t } from "./words.js";

const MOST_PANES = 12;
const MOST_WAITING = 6;
const NARROW = matchMedia("(max-width: 719px)");
const OVERLAID = matchMedia("(max-width: 1080px)"); // the records lie over the panes
const ROOMY = matchMedia("(min-width: 1200px)");

class App {
  constructor(me, people) {
    this.me = me;
    this.people = new Map(people.map((person) => [person.id, person]));
    this.panes = [];
    this.news = new Set(); // people without a pane who have something new
    this.build();
    for (const id of this.remembered()) this.open(this.people.get(id), false);
    if (this.panes.length) this.activate(this.panes[0]);
    this.toggleRecords(memory.get("records", ROOMY.matches) && !OVERLAID.matches);
    this.live = new Live({
      onMessages: (latest) => this.heard(latest), onClock: () => this.clockMoved(), onState: (state) => this.showState(state), onLook: () => this.look(),
    });
    this.keys = (event) => this.keyed(event);
    document.addEventListener("keydown", this.keys);
    this.told();
  }

  remembered() {
    if (!this.me.demo) return [this.me.person.id];
    const kept = memory.get("panes", []).filter((id) => this.people.has(id));
    const suggested = this.me.suggested.filter((id) => this.people.has(id));
    return kept.length ? kept : suggested.length ? suggested : [...this.people.keys()].slice(0, 3);
  }

  build() {
    const { demo } = this.me;
    this.status = h("p", { class: "status sr-only", role: "status" });
    this.state = h("span", { class: "state-line", role: "status", hidden: true });
    this.clock = demo ? new ClockBar({ onMoved: () => this.clockMoved(), say: (text) => this.say(text) }) : null;
    this.records = new Records({ onClose: () => this.toggleRecords(false) });
    this.row = h("main", { class: "panes", "aria-label": t("panes"), onscroll: () => this.swiped() });
    this.tabs = h("nav", { class: "tabs", "aria-label": t("panes") });
    this.waiting = h("div", { class: "waiting", "aria-live": "polite", hidden: true });
    this.recordsButton = h(
      "button", { type: "button", class: "quiet", "aria-keyshortcuts": "Alt+R", onclick: () => this.toggleRecords() }, icon("list"), h("span", {}, t("records")),
    );
    this.root = h(
      "div",
      { class: "app" },
      h(
        "header",
        { class: "top" },
        h("h1", {}, h("img", { src: "/static/icon.svg", alt: "", width: "30", height: "30" }), h("span", {}, "回音"), demo && h("em", {}, t("demo"))),
        this.clock?.root,
        h(
          "div",
          { class: "tools" },
          demo && h("button", { type: "button", class: "quiet", "aria-keyshortcuts": "Alt+N", onclick: () => this.choose() }, icon("add"), h("span", {}, t("addPane"))),
          this.recordsButton,
          h("button", { type: "button", class: "quiet language", onclick: () => switchLanguage() }, t("language")),
          !demo && iconButton("door", t("signOut"), () => signOut()),
        ),
      ),
      this.state,
      h("div", { class: "news" }, this.tabs, this.waiting),
      h("div", { class: "middle" }, this.row, this.records.root),
      this.status,
      h("p", { class: "sr-only" }, t("keys")),
    );
    document.body.replaceChildren(this.root);
    this.measuring = new ResizeObserver(() => this.measure());
    this.measuring.observe(this.row);
  }

  // Tabs above the panes are shown where not all panes are.
  measure() {
    this.root.classList.toggle("overflowing", this.row.scrollWidth > this.row.clientWidth + 4);
  }

  // ---- panes

  choose() {
    choosePerson([...this.people.values()], {
      marks: (person) => ({ open: this.panes.some((pane) => pane.person.id === person.id), news: this.news.has(person.id) }),
      onChosen: (person) => this.open(person, true),
    });
  }

  open(person, focusing) {
    let pane = this.panes.find((other) => other.person.id === person.id);
    if (!pane) {
      if (this.panes.length >= MOST_PANES) return this.say(t("tooMany", { n: MOST_PANES }), true);
      pane = new Pane(person, {
        onClose: this.me.demo ? (closed) => this.close(closed) : null, onActive: (active) => this.activate(active),
        onUnread: () => this.told(), onRecord: (number, from) => this.showRecord(number, from),
      });
      this.panes.push(pane);
      this.row.append(pane.root);
      this.news.delete(person.id);
      this.remember();
    }
    if (focusing) {
      this.activate(pane);
      pane.focus();
    }
    this.told();
  }

  close(pane) {
    const at = this.panes.indexOf(pane);
    this.panes.splice(at, 1);
    pane.root.remove();
    pane.sizes.disconnect();
    this.remember();
    const next = this.panes[Math.min(at, this.panes.length - 1)];
    if (next) {
      this.activate(next);
      next.focus();
    }
    this.told();
  }

  remember() {
    if (this.me.demo) memory.set("panes", this.panes.map((pane) => pane.person.id));
    this.row.classList.toggle("none", this.panes.length === 0);
    this.row.dataset.none = t("noPanes");
    this.measure();
  }

  activate(pane) {
    if (this.active === pane && pane.active) return;
    this.active = pane;
    for (const other of this.panes) other.setActive(other === pane);
    this.records.view(pane.person);
    this.drawTabs();
  }

  // On a phone the pane that was swiped to is the active one.
  swiped() {
    if (!NARROW.matches) return;
    clearTimeout(this.swiping);
    this.swiping = setTimeout(() => {
      const at = Math.round(this.row.scrollLeft / this.row.clientWidth);
      if (this.panes[at]) this.activate(this.panes[at]);
    }, 80);
  }

  // ---- news

  heard(latest) {
    for (const pane of this.panes) {
      const last = latest === null ? Infinity : latest[pane.person.id];
      if (last !== undefined && last > (pane.last ?? -1)) pane.refresh();
    }
    const open = new Set(this.panes.map((pane) => pane.person.id));
    for (const id of Object.keys(latest ?? {})) if (!open.has(id) && this.people.has(id)) this.news.add(id);
    if (!document.hidden) this.active?.seen();
    this.told();
    this.records.refreshSoon();
  }

  // Without a stream: the active pane waits for news, the others are looked at now and then.
  look() {
    for (const pane of this.panes) if (pane !== this.active) pane.refresh();
    return Promise.race([this.active?.refresh(20), new Promise((resolve) => setTimeout(resolve, 4000))]);
  }

  clockMoved() {
    this.clock?.read();
    this.records.refreshSoon();
  }

  showState(state) {
    if (state === "live") for (const pane of this.panes) pane.outgoing.again();
    this.state.hidden = state === "live";
    this.state.textContent = t(state);
  }

  told() {
    const unread = this.panes.reduce((sum, pane) => sum + pane.unread, 0);
    document.title = unread ? `(${unread}) 回音 Huiyin` : "回音 Huiyin";
    this.drawTabs();
    this.drawWaiting();
  }

  drawTabs() {
    redraw(
      this.tabs,
      this.panes.map((pane, index) =>
        h(
          "button",
          { type: "button", "data-person": pane.person.id, "aria-current": pane === this.active ? "true" : null, "aria-keyshortcuts": `Alt+${index + 1}`, onclick: () => this.goTo(pane) },
          avatar(pane.person),
          h("span", { class: "tab-name" }, pane.person.name),
          pane.unread > 0 && h("span", { class: "badge", "aria-label": t("unread", { n: pane.unread }) }, String(pane.unread)),
        ),
      ),
    );
  }

  drawWaiting() {
    const people = [...this.news].map((id) => this.people.get(id));
    this.waiting.hidden = people.length === 0;
    redraw(this.waiting, [
      h("span", { class: "waiting-title" }, t("waiting")),
      ...people.slice(0, MOST_WAITING).map((person) =>
        h("button", { type: "button", "data-person": person.id, onclick: () => this.open(person, true) }, avatar(person), h("span", {}, person.name), h("small", {}, placeOf(person))),
      ),
      people.length > MOST_WAITING ? h("button", { type: "button", onclick: () => this.choose() }, `+${people.length - MOST_WAITING}`) : null,
    ]);
  }

  // ---- the rest

  goTo(pane) {
    this.activate(pane);
    if (NARROW.matches) pane.root.scrollIntoView({ inline: "start", block: "nearest" });
    else pane.focus();
    pane.toEnd();
    pane.count(0);
  }

  showRecord(number, pane) {
    this.toggleRecords(true);
    this.records.view(pane.person);
    this.records.choose(number);
  }

  toggleRecords(shown = this.root.classList.contains("no-records")) {
    this.root.classList.toggle("no-records", !shown);
    this.records.root.hidden = !shown;
    this.recordsButton.setAttribute("aria-pressed", String(shown));
    if (!OVERLAID.matches) memory.set("records", shown);
    if (shown) this.records.refresh();
    if (shown && OVERLAID.matches) this.records.body.focus();
  }

  say(text, aloud = false) {
    this.status.textContent = text;
    this.status.classList.toggle("sr-only", !aloud && !this.clock);
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.status.replaceChildren(), 4000);
  }

  keyed(event) {
    if (event.key === "Escape" && OVERLAID.matches && this.records.root.contains(document.activeElement)) {
      this.toggleRecords(false);
      this.recordsButton.focus();
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    const act = {
      KeyN: () => this.me.demo && this.choose(), KeyR: () => this.toggleRecords(),
    }[event.code] ?? (digit && this.panes[digit - 1] && (() => this.goTo(this.panes[digit - 1])));
    if (!act) return;
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) act();
  }

  end() {
    this.live.close();
    this.measuring.disconnect();
    this.clock?.close();
    document.removeEventListener("keydown", this.keys);
  }
}

let app = null;

function switchLanguage() {
  setLanguage(currentLanguage() === "zh" ? "en" : "zh");
  start();
}

async function signOut() {
  await remove("/api/session");
  start();
}

function askForCode() {
  const field = h("input", { id: "code", name: "code", autocomplete: "one-time-code", required: true, maxlength: "64" });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const enter = async (event) => {
    event.preventDefault();
    try {
      await post("/api/session", { code: field.value.trim() });
      start();
    } catch (error) {
      problem.hidden = false;
      problem.textContent = error.status === 403 ? t("wrongCode") : errorText(error);
      field.select();
    }
  };
  document.body.replaceChildren(
    h(
      "main",
      { class: "door-card" },
      h("img", { src: "/static/icon.svg", alt: "", width: "56", height: "56" }),
      h("h1", {}, "回音"),
      h(
        "form",
        { onsubmit: enter },
        h("label", { for: "code" }, t("signIn")),
        field, problem,
        h("button", { type: "submit", class: "primary" }, t("enter")),
        h("p", { class: "hint" }, t("codeHint")),
        h("button", { type: "button", class: "quiet language", onclick: () => switchLanguage() }, t("language")),
      ),
    ),
  );
  document.body.classList.add("door");
  field.focus();
}

function cannotStart(error) {
  document.body.replaceChildren(
    h("main", { class: "door-card" }, h("p", { role: "alert" }, errorText(error)), h("button", { type: "button", class: "primary", onclick: () => start() }, t("retry"))),
  );
  document.body.classList.add("door");
}

async function start() {
  app?.end();
  app = null;
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
  try {
    const me = await get("/api/me");
    setZone(me.zone);
    if (!me.demo && !me.person) return askForCode();
    const people = await get("/api/people");
    document.body.classList.remove("door");
    app = new App(me, people);
  } catch (error) {
    cannotStart(error);
  }
}

start();
