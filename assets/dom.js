/* The only hands that touch the document. React draws the layout once; from then on the leaves belong to these functions.
   What comes from a bot goes in as text, never as HTML. Nothing is written that is there already. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});
  const found = new Map();

  /** The element with that id; looked up once for as long as it stays in the page. */
  function get(id) {
    const known = found.get(id);
    if (known && known.isConnected) return known;
    const element = document.getElementById(id);
    if (element) found.set(id, element);
    return element;
  }

  const pick = (target) => (typeof target === "string" ? get(target) : target);

  function text(target, value) {
    const element = pick(target);
    if (element && element.textContent !== value) element.textContent = value;
  }

  function attribute(target, name, value) {
    const element = pick(target);
    if (!element) return;
    if (value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }

  function property(target, name, value) {
    const element = pick(target);
    if (element && element[name] !== value) element[name] = value;
  }

  const hide = (target, isHidden) => property(target, "hidden", Boolean(isHidden));

  /** The sign of a figure, for its colour: "up", "down" or none. */
  const tone = (target, sign) => attribute(target, "data-tone", sign > 0 ? "up" : sign < 0 ? "down" : null);

  /** A new element: make("p", {class: "x", "data-id": 3}, "text", child). */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value != null) element.setAttribute(name, String(value));
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** Start a CSS animation that a class carries, from its beginning, and take the class away at its end. */
  function animate(target, name, others) {
    const element = pick(target);
    if (!element) return;
    element.classList.remove(name, ...(others || []));
    void element.offsetWidth;
    element.classList.add(name);
    element.addEventListener("animationend", () => element.classList.remove(name), { once: true });
  }

  const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  scripts.dom = { animate, attribute, get, hide, isStill, make, property, text, tone };
})();
