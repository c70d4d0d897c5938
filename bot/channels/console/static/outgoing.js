// What was said but is not on the list yet. The client id makes sending again harmless.

import { freshId, messagesOf, Offline, post, Refused } from "./api.js";
import { h, icon } from "./dom.js";
import { errorText, t } from "./words.js";

const PATIENCE = 6;

export class Outgoing {
  // `list` takes the waiting bubbles; `onAccepted(id)` when the server has one; `onProblem(text, retry)`.
  constructor(person, list, { onAccepted, onProblem }) {
    Object.assign(this, { person, list, onAccepted, onProblem });
    this.queue = [];
    this.busy = false;
  }

  // Send a text with files, or a press with `{press, message}`; a press draws no bubble of its own.
  send(said, onDone) {
    const entry = { said, onDone, id: freshId(), tries: 0, failed: false };
    if (said.press === undefined) {
      entry.note = h("span", { class: "note" }, t("sending"));
      entry.bubble = h(
        "li",
        { class: "message mine unsent" },
        h("div", { class: "bubble" }, said.text && h("p", { class: "text" }, said.text), this.names(said.files)),
        h("span", { class: "meta" }, entry.note),
      );
      this.list.append(entry.bubble);
    }
    this.queue.push(entry);
    this.work();
  }

  names(files) {
    return files.map((file) => h("span", { class: "file" }, icon("file"), h("span", {}, file.name)));
  }

  async work() {
    if (this.busy) return;
    this.busy = true;
    while (this.queue.length && !this.queue[0].failed) await this.attempt(this.queue[0]);
    this.busy = false;
  }

  async attempt(entry) {
    try {
      const { id } = await post(messagesOf(this.person.id), this.body(entry));
      this.queue.shift();
      this.onProblem(null);
      if (entry.bubble) entry.note.textContent = "";
      entry.onDone?.();
      await this.onAccepted(id);
      entry.bubble?.remove();
    } catch (error) {
      await this.failed(entry, error);
    }
  }

  body({ said, id }) {
    if (said.press !== undefined) return { press: said.press, message: said.message, client_id: id };
    if (!said.files.length) return { text: said.text, client_id: id };
    const form = new FormData();
    form.append("client_id", id);
    if (said.text) form.append("text", said.text);
    for (const file of said.files) form.append("files", file, file.name);
    return form;
  }

  async failed(entry, error) {
    entry.tries += 1;
    if (!(error instanceof Refused || error instanceof Offline)) throw error;
    if (error.code === "rate_limited" && entry.tries < PATIENCE) {
      this.onProblem(t("slow", { n: error.retryAfter }));
      await new Promise((resolve) => setTimeout(resolve, error.retryAfter * 1000));
      return;
    }
    const mayHelp = error instanceof Offline || error.status >= 500 || error.status === 429;
    entry.failed = mayHelp; // the order is kept: what follows waits for it
    if (!mayHelp) this.queue.shift();
    this.onProblem(errorText(error), mayHelp ? () => this.again() : null);
    if (entry.bubble) this.offer(entry);
    if (!entry.bubble && !mayHelp) entry.onDone?.();
  }

  offer(entry) {
    entry.bubble.classList.add("failed");
    entry.note.replaceChildren(
      icon("warn"), t("notSent"),
      h("button", { type: "button", onclick: () => this.again(entry) }, t("retry")),
      h("button", { type: "button", onclick: () => this.drop(entry) }, t("discard")),
    );
  }

  drop(entry) {
    this.queue = this.queue.filter((other) => other !== entry);
    entry.bubble?.remove();
    entry.onDone?.();
    if (entry.bubble) this.onProblem(null);
    this.work();
  }

  again(chosen = null) {
    if (chosen && !this.queue.includes(chosen)) this.queue.push(chosen);
    for (const entry of this.queue) {
      entry.failed = false;
      entry.bubble?.classList.remove("failed");
      entry.note?.replaceChildren(t("sending"));
    }
    if (this.queue.length) this.onProblem(null);
    this.work();
  }
}
