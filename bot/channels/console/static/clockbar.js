// The demo's clock: what time it is there, and buttons that move it.

import { get, post } from "./api.js";
import { h, icon } from "./dom.js";
import { clockTime, dayName, dayAndTime, errorText, t } from "./words.js";

const STEPS = [["m5", "PT5M"], ["h1", "PT1H"], ["h12", "PT12H"], ["d1", "P1D"]];

export class ClockBar {
  // `onMoved()` after the clock was moved here; `say(text)` announces.
  constructor({ onMoved, say }) {
    Object.assign(this, { onMoved, say });
    this.day = h("span", { class: "clock-day" });
    this.time = h("time", { class: "clock-time" });
    this.buttons = [
      ...STEPS.map(([key, by]) => h("button", { type: "button", onclick: () => this.move(() => by) }, t(key))),
      h("button", { type: "button", class: "to-next", onclick: () => this.move(() => this.untilNextDue()) }, icon("next"), t("nextDue")),
    ];
    this.root = h(
      "div",
      { class: "clock", role: "group", "aria-label": t("clock") },
      h("div", { class: "clock-now" }, icon("clock"), this.day, this.time),
      h("div", { class: "clock-steps" }, this.buttons),
    );
    this.ticking = setInterval(() => this.draw(), 1000);
    this.read();
  }

  async read() {
    try {
      this.set((await get("/api/clock")).now);
    } catch {
      // the panes already say that the server is away
    }
  }

  set(now) {
    this.ahead = Date.parse(now) - Date.now();
    this.draw();
  }

  draw() {
    if (this.ahead === undefined) return;
    const now = new Date(Date.now() + this.ahead);
    this.day.textContent = dayName(now);
    this.time.textContent = clockTime(now);
    this.time.dateTime = now.toISOString();
  }

  async untilNextDue() {
    const { now, due_at: dueAt } = await get("/api/clock/next");
    if (!dueAt) return null;
    return `PT${Math.max(0, Math.ceil((Date.parse(dueAt) - Date.parse(now)) / 1000))}S`;
  }

  async move(by) {
    if (this.root.getAttribute("aria-busy")) return;
    this.root.setAttribute("aria-busy", "true");
    this.say(t("moving"));
    try {
      const advance = await by();
      if (advance === null) return this.say(t("noDue"));
      const { now } = await post("/api/clock", { advance });
      this.set(now);
      this.say(t("moved", { now: dayAndTime(now) }));
      this.onMoved();
    } catch (error) {
      this.say(errorText(error));
    } finally {
      this.root.removeAttribute("aria-busy");
    }
  }

  close() {
    clearInterval(this.ticking);
  }
}
