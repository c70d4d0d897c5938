// Elements are built, never parsed: the page's policy allows no markup from strings.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SHAPES = {
  add: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  clip: "M20 11.500l-8 8a5 5 0 0 1-7.100-7.100l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700l-8.400 8.400a1.700 1.700 0 0 1-2.400-2.400l7.500-7.500",
  camera: "M4 8h3.500L9 5.500h6L16.500 8H20v11H4zM12 16.500a3.300 3.300 0 1 0 0-6.600 3.300 3.300 0 0 0 0 6.600",
  send: "M12 19V6M6.500 11.500L12 6l5.500 5.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.200l3.400 2",
  list: "M5 6.500h14M5 12h14M5 17.500h9",
  file: "M7 3.500h7l4 4v13H7zM14 3.500v4.200h4",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20",
  down: "M12 5v13M6.500 12.500L12 18l5.500-5.500",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  next: "M5 6l7 6-7 6zM18.500 6v12",
  door: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
  warn: "M12 4L2.800 19.500h18.400zM12 10v4.500M12 17v.2",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, extra = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...extra }, icon(name));
}

// Replace what is in a list without taking the focus from whoever is in it.
export function redraw(list, children) {
  const held = list.contains(document.activeElement) && document.activeElement.dataset.person;
  list.replaceChildren(...children.filter(Boolean));
  if (held) list.querySelector(`[data-person="${CSS.escape(held)}"]`)?.focus();
}

// What a browser remembers for this page only; private windows may refuse, which must not break anything.
export const memory = {
  get(key, fallback) {
    try {
      return JSON.parse(localStorage.getItem(`huiyin.${key}`)) ?? fallback;
    } catch {
      return fallback;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`huiyin.${key}`, JSON.stringify(value));
    } catch {
      // nothing is lost but the memory
    }
  },
};
