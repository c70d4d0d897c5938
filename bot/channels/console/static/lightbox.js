// A photo as large as the window; arrows go through the photos of the same message.

import { h, iconButton } from "./dom.js";
import { t } from "./words.js";

export function enlarge(photos, start) {
  let at = start;
  const picture = h("img", { alt: "" });
  const name = h("span", { class: "lightbox-name" });
  const original = h("a", { target: "_blank", rel: "noopener" }, t("download"));
  const step = (by) => show((at + by + photos.length) % photos.length);
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": photos[start].name, onclick: (event) => event.target === dialog && dialog.close() },
    h("div", { class: "lightbox-bar" }, name, original, iconButton("close", t("close"), () => dialog.close())),
    h(
      "div",
      { class: "lightbox-stage" },
      photos.length > 1 && iconButton("left", t("previous"), () => step(-1)),
      picture,
      photos.length > 1 && iconButton("right", t("following"), () => step(1)),
    ),
  );

  function show(index) {
    at = index;
    picture.src = original.href = photos[at].url;
    picture.alt = photos[at].name;
    name.textContent = photos.length > 1 ? `${photos[at].name}（${at + 1}/${photos.length}）` : photos[at].name;
  }

  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  dialog.addEventListener("close", () => dialog.remove());
  show(start);
  document.body.append(dialog);
  dialog.showModal();
}
