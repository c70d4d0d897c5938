// Choosing whom to be: search over everybody, grouped by role.

import { avatar } from "./avatar.js";
import { h, icon, iconButton } from "./dom.js";
import { departmentName, placeOf, ROLE_ORDER, roleName, t } from "./words.js";

const MOST_SHOWN = 300;
const MOST_UNASKED = 6; // of one role, until somebody searches or asks for all

// `marks` tells of a person {open, news}; `onChosen(person)`.
export function choosePerson(people, { marks, onChosen }) {
  const sites = [...new Set(people.map((person) => person.site).filter(Boolean))];
  const results = h("div", { class: "people-list" });
  const search = h("input", { type: "search", placeholder: t("search"), "aria-label": t("search"), oninput: () => draw() });
  const site = h(
    "select",
    { "aria-label": t("allSites"), onchange: () => draw() },
    h("option", { value: "" }, t("allSites")),
    sites.map((name) => h("option", { value: name }, name)),
  );
  const dialog = h(
    "dialog",
    { class: "people", "aria-label": t("people"), onclick: (event) => event.target === dialog && dialog.close() },
    h(
      "div",
      { class: "people-card" },
      h("header", {}, h("h2", {}, t("people")), iconButton("close", t("close"), () => dialog.close())),
      h("div", { class: "people-find" }, icon("search"), search, sites.length > 1 && site),
      results,
    ),
  );

  function draw() {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = people.filter((person) => (!site.value || person.site === site.value) && matches(person, words));
    const groups = ROLE_ORDER.concat(null).map((role) => [role, found.filter((p) => (role ? p.role === role : !ROLE_ORDER.includes(p.role)))]);
    const most = words.length ? MOST_SHOWN : MOST_UNASKED;
    const sections = groups.filter(([, members]) => members.length).map(([role, members]) => {
      const list = h("ul", {}, members.slice(0, most).map(row));
      const all = h("button", { type: "button", class: "all", onclick: () => list.replaceChildren(...members.map(row)) || all.remove() }, t("showAll", { n: members.length }));
      return h("section", {}, h("h3", {}, role ? roleName(role) : t("otherPeople"), h("span", {}, String(members.length))), list, members.length > most && all);
    });
    results.replaceChildren(...sections);
    if (!found.length) results.replaceChildren(h("p", { class: "empty" }, t("nobody")));
  }

  function row(person) {
    const { open, news } = marks(person);
    const choose = () => {
      dialog.close();
      onChosen(person);
    };
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "person", onclick: choose },
        avatar(person),
        h("span", { class: "who" }, h("strong", {}, person.name), h("small", {}, [placeOf(person), sites.length > 1 && person.site].filter(Boolean).join(" · "))),
        news && h("span", { class: "mark news" }, t("waiting")),
        open && h("span", { class: "mark" }, t("alreadyOpen")),
      ),
    );
  }

  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") results.querySelector("button")?.click();
    if (event.key === "ArrowDown") results.querySelector("button")?.focus();
  });
  results.addEventListener("keydown", (event) => {
    const rows = [...results.querySelectorAll("button")];
    const at = rows.indexOf(document.activeElement);
    const next = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1] ?? search }[event.key];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  dialog.addEventListener("close", () => dialog.remove());
  draw();
  document.body.append(dialog);
  dialog.showModal();
  search.focus();
}

function matches(person, words) {
  const about = [person.name, person.unit, roleName(person.role), person.role, person.department && departmentName(person.department), person.site]
    .filter(Boolean).join(" ").toLowerCase();
  return words.every((word) => about.includes(word));
}
