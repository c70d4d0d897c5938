// One message as a bubble: text, photos, choices, times.

import { h, icon } from "./dom.js";
import { enlarge } from "./lightbox.js";
import { clockTime, t } from "./words.js";

const LINKS = /(https?:\/\/[^\s<>"'，。；）)]+)|\b([A-Z]{2}\d{8}-\d{4,})\b/g;

// `frame` offers name, onPress(value, message, button), onRecord(number), textOf(id), pressedOn(id), onStaleLink().
export function bubble(message, frame) {
  const mine = message.from === "person";
  return h(
    "li",
    { class: `message ${mine ? "mine" : "theirs"}`, "data-id": String(message.id) },
    h("span", { class: "sr-only" }, mine ? t("saysMe", { name: frame.name }) : t("saysBot")),
    h(
      "div",
      { class: "bubble" },
      quote(message, frame),
      message.text && h("p", { class: "text" }, linked(message.text, frame)),
      attachments(message, frame),
      choices(message, frame),
    ),
    h(
      "span",
      { class: "meta" },
      message.edits && h("span", { class: "updated" }, t("updated")),
      h("time", { datetime: message.at }, clockTime(message.at)),
    ),
  );
}

function quote(message, frame) {
  const text = message.reply_to && frame.textOf(message.reply_to);
  return text ? h("p", { class: "quote" }, h("span", { class: "sr-only" }, t("replyTo")), text.split("\n")[0]) : null;
}

function linked(text, frame) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINKS)) {
    parts.push(text.slice(end, found.index));
    const [whole, address, number] = found;
    parts.push(
      address
        ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, whole)
        : h("button", { type: "button", class: "record-link", onclick: () => frame.onRecord(number) }, whole),
    );
    end = found.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts;
}

function attachments(message, frame) {
  if (!message.attachments.length) return null;
  const photos = message.attachments.filter((file) => file.type.startsWith("image/"));
  const files = message.attachments.filter((file) => !file.type.startsWith("image/"));
  return [
    photos.length > 0 &&
      h("div", { class: `photos ${photos.length > 1 ? "several" : ""}` }, photos.map((photo, i) => thumbnail(photos, i, frame))),
    files.map((file) =>
      h("a", { class: "file", href: file.url, target: "_blank", rel: "noopener" }, icon("file"), h("span", {}, file.name)),
    ),
  ].flat();
}

function thumbnail(photos, index, frame) {
  const { url, name } = photos[index];
  return h(
    "button",
    { type: "button", class: "photo", "aria-label": t("open", { name }), onclick: () => enlarge(photos, index) },
    h("img", { src: url, alt: name, loading: "lazy", decoding: "async", onerror: () => frame.onStaleLink() }),
  );
}

// Four Chinese characters or eight letters fit two to a row even in a narrow pane.
const isShort = ({ label }) => [...label].reduce((width, character) => width + (character > "\u2e80" ? 2 : 1), 0) <= 8;

function choices(message, frame) {
  if (!message.choices.length) return null;
  const closed = message.choices.every((choice) => !choice.enabled);
  const pressed = frame.pressedOn(message.id); // answered, so it need not call for attention any more
  const quiet = closed || pressed ? "quieter" : "";
  return h(
    "div",
    { class: `choices ${quiet}`, role: "group", "aria-label": t("choices") },
    message.choices.map((choice, index) => {
      const button = h(
        "button",
        { type: "button", class: `choice ${isShort(choice) ? "" : "long"}`, disabled: !choice.enabled },
        choice.enabled && h("span", { class: "number" }, String(index + 1)),
        h("span", { class: "label" }, choice.label === pressed ? `✓ ${choice.label}` : choice.label),
        choice.label === pressed && h("span", { class: "sr-only" }, t("chosen")),
        !choice.enabled && h("span", { class: "sr-only" }, t("closedChoice")),
      );
      button.addEventListener("click", () => frame.onPress(choice, message, button));
      return button;
    }),
  );
}
