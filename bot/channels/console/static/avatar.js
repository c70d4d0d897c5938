// A round sign with the family name; shape and letter tell people apart, the tint only helps.

import { h } from "./dom.js";
import { RESIDENTS } from "./words.js";

const DESK = new Set(["front_desk", "cs_supervisor", "cs_head", "callback_caller"]);
const LEADERS = new Set(["department_head", "site_manager", "leadership", "gm", "president", "vice_president", "duty_leader"]);

export function avatar(person) {
  const kind = RESIDENTS.has(person.role) ? "resident" : DESK.has(person.role) ? "desk" : LEADERS.has(person.role) ? "leader" : "staff";
  return h("span", { class: `avatar ${kind}`, "aria-hidden": "true" }, [...person.name][0] ?? "?");
}
