// Where a person writes: text, photos and files, sent in order, each safe to send again.

import { h, icon, iconButton } from "./dom.js";
import { t } from "./words.js";

const MOST_FILES = 10;
const MOST_BYTES = 20 * 1024 * 1024;
const ACCEPTED = "image/*,application/pdf";
const TOUCH = matchMedia("(pointer: coarse)");
const drafts = new Map();

export class Composer {
  // `onSend({text, files})`; `onProblem(text)` shows one line above the field.
  constructor(person, { onSend, onProblem }) {
    Object.assign(this, { person, onSend, onProblem });
    this.files = [];
    this.strip = h("ul", { class: "strip", hidden: true });
    this.field = h("textarea", {
      rows: "1", maxlength: "8000", placeholder: t("write"), "aria-label": t("writeTo", { name: person.name }), enterkeyhint: "send",
      onkeydown: (event) => this.keyed(event), oninput: () => this.written(), onpaste: (event) => this.pasted(event),
    });
    this.field.value = drafts.get(person.id) ?? "";
    this.picker = this.chooser({ multiple: true, accept: ACCEPTED });
    this.camera = this.chooser({ accept: "image/*", capture: "environment" });
    this.button = h("button", { type: "submit", class: "send", "aria-label": t("send"), title: t("send") }, icon("send"));
    this.root = h(
      "form",
      { class: "composer", onsubmit: (event) => this.submitted(event) },
      this.strip,
      h(
        "div",
        { class: "composer-row" },
        iconButton("clip", t("attach"), () => this.picker.click()),
        iconButton("camera", t("camera"), () => this.camera.click(), { class: "icon-button camera" }),
        this.field, this.button, this.picker, this.camera,
      ),
    );
    this.button.disabled = !this.field.value.trim();
  }

  chooser(properties) {
    const input = h("input", { type: "file", class: "sr-only", tabindex: "-1", "aria-hidden": "true", ...properties });
    input.addEventListener("change", () => {
      this.add([...input.files]);
      input.value = "";
    });
    return input;
  }

  // On a touch screen the focus would raise the keyboard over what one wants to read.
  focus() {
    if (!TOUCH.matches) this.field.focus({ preventScroll: true });
  }

  keyed(event) {
    const composing = event.isComposing || event.keyCode === 229; // an input method is choosing characters
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.root.requestSubmit();
  }

  written() {
    drafts.set(this.person.id, this.field.value);
    this.fit();
    this.button.disabled = !this.field.value.trim() && !this.files.length;
  }

  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 132)}px`;
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  add(files) {
    for (const file of files) {
      if (file.size > MOST_BYTES) this.onProblem(t("fileTooLarge", { name: file.name }));
      else if (this.files.length === MOST_FILES) this.onProblem(t("tooManyFiles"));
      else this.files.push(file);
    }
    this.drawStrip();
  }

  drawStrip() {
    for (const picture of this.strip.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
    this.strip.replaceChildren(...this.files.map((file) => this.waiting(file)));
    this.strip.hidden = !this.files.length;
    this.written();
  }

  waiting(file) {
    const remove = iconButton("close", t("removeFile", { name: file.name }), () => {
      this.files = this.files.filter((other) => other !== file);
      this.drawStrip();
      this.focus();
    });
    const face = file.type.startsWith("image/") ? h("img", { src: URL.createObjectURL(file), alt: file.name }) : icon("file");
    return h("li", { title: file.name, class: file.type.startsWith("image/") ? "" : "paper" }, face, !file.type.startsWith("image/") && h("span", {}, file.name), remove);
  }

  submitted(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text && !this.files.length) return;
    this.onSend({ text, files: this.files });
    this.field.value = "";
    this.files = [];
    this.drawStrip();
    this.field.focus({ preventScroll: true });
  }
}
