// The side panel: one record's steps, each with the clause behind it, and what is due next.

import { get } from "./api.js";
import { h, icon, iconButton } from "./dom.js";
import { clockTime, currentLanguage, dayAndTime, errorText, shortDay, t } from "./words.js";

const SHOWN_DUE = 2;

export class Records {
  constructor({ onClose }) {
    this.viewer = null;
    this.number = null;
    this.chooser = h("select", { "aria-label": t("choose"), onchange: () => this.choose(this.chooser.value) });
    this.seenBy = h("p", { class: "seen-by" });
    this.body = h("div", { class: "records-body", tabindex: "0", role: "region", "aria-label": t("records") });
    this.root = h(
      "aside",
      { class: "records", "aria-label": t("records") },
      h("header", {}, h("div", {}, h("h2", {}, t("records")), this.seenBy), iconButton("close", t("hideRecords"), onClose)),
      h("div", { class: "records-choose" }, this.chooser),
      this.body,
    );
  }

  view(person) {
    if (this.viewer?.id === person?.id) return;
    this.viewer = person;
    this.refresh();
  }

  choose(number) {
    this.number = number;
    return this.refresh();
  }

  // News come in bursts; look once when they calm down.
  refreshSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(), 250);
  }

  async refresh() {
    if (!this.viewer || !this.root.isConnected) return;
    const query = `?person=${encodeURIComponent(this.viewer.id)}&lang=${currentLanguage()}`;
    const asked = (this.asked = Symbol("asked"));
    this.seenBy.textContent = t("viewAs", { name: this.viewer.name });
    try {
      const records = await get(`/api/records${query}`);
      const timeline = (await this.timeline(this.number, query)) ?? (await this.timeline(records[0]?.number, query));
      if (asked === this.asked) this.draw(records, timeline?.number, timeline);
    } catch (error) {
      if (asked === this.asked) this.body.replaceChildren(h("p", { class: "empty" }, errorText(error)));
    }
  }

  // The chosen record may be one that this viewer must not see, or an older one that is not on the list.
  async timeline(number, query) {
    if (!number) return null;
    try {
      return await get(`/api/records/${encodeURIComponent(number)}/timeline${query}`);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  draw(records, number, timeline) {
    this.unfolded = this.body.querySelector("details")?.open;
    this.chooser.replaceChildren(
      ...records.map((record) =>
        h("option", { value: record.number, selected: record.number === number }, `${record.state}｜${record.title}（${record.number}）`),
      ),
    );
    this.chooser.parentElement.hidden = records.length === 0;
    if (!timeline) return this.body.replaceChildren(h("p", { class: "empty" }, t("noRecords")));
    this.body.replaceChildren(head(timeline), due(timeline, this.unfolded), steps(timeline));
  }
}

function head({ number, title, state, fields }) {
  return h(
    "section",
    { class: "record-head" },
    h("h3", {}, title),
    h("p", { class: "record-number" }, number, h("span", { class: "state" }, state)),
    h("dl", {}, fields.map(({ label, value }) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))),
  );
}

function due({ due: coming }, unfolded) {
  const later = coming.slice(SHOWN_DUE);
  return h(
    "section",
    { class: "due" },
    h("h4", {}, icon("clock"), t("due")),
    coming.length === 0 && h("p", { class: "nothing" }, t("nothingDue")),
    h("ul", {}, coming.slice(0, SHOWN_DUE).map(dueItem)),
    later.length > 0 &&
      h("details", { open: unfolded }, h("summary", {}, t("dueLater", { n: later.length })), h("ul", {}, later.map(dueItem))),
  );
}

function dueItem(item) {
  return h(
    "li",
    {},
    h("p", { class: "due-words" }, item.in_words, h("span", {}, `（${t("dueAt", { at: dayAndTime(item.due_at) })}）`)),
    h("p", {}, item.what),
    clause(item),
  );
}

function steps({ entries }) {
  return h(
    "section",
    { class: "steps" },
    h("h4", {}, icon("list"), t("steps")),
    entries.length === 0 && h("p", { class: "nothing" }, t("noSteps")),
    h(
      "ol",
      {},
      entries.map((entry) =>
        h(
          "li",
          {},
          h("time", { datetime: entry.at }, h("span", {}, shortDay(entry.at)), ` ${clockTime(entry.at)}`),
          h("p", {}, entry.text),
          clause(entry),
        ),
      ),
    ),
  );
}

function clause({ clause: id, clause_title: title }) {
  return id ? h("p", { class: "clause" }, h("code", {}, id), title) : null;
}
