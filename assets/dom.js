/* The only hands that touch the document. React draws the frame once; what is inside the panels belongs to these functions,
   because every Dash component, shown or not, costs time at every frame that comes (docs/decisions.md has the figures).
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

  /** The text of an element that holds nothing else. The text node stays: a new one costs a style and a layout of its own. */
  function text(target, value) {
    const element = pick(target);
    if (!element) return;
    const node = element.firstChild;
    const isAlone = node !== null && node.nodeType === Node.TEXT_NODE && node.nextSibling === null;
    if (!isAlone) element.textContent = value;
    else if (node.data !== value) node.data = value;
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

  const built = new WeakMap();

  /** What `build(element)` made in the element with that id, built when first asked for; null while it is not in the page. */
  function part(id, build) {
    const element = get(id);
    if (!element) return null;
    if (!built.has(element)) built.set(element, build(element));
    return built.get(element);
  }

  /** One line of a list of figures: {row, figure}; `needs` is the hop that the figure depends on. */
  function pair(name, needs) {
    const figure = make("span", { class: "needs-" + needs }, scripts.format.NONE);
    return { row: make("div", { class: "pair" }, make("span", { class: "pair-name" }, name), figure), figure };
  }

  /** A group of buttons of which one is pressed; returns press(name), which presses without a click. */
  function chips(element, names, onPick) {
    const buttons = Object.entries(names).map(([name, text]) => make("button", { type: "button", class: "chip", "data-name": name }, text));
    const press = (name) => buttons.forEach((button) => attribute(button, "aria-pressed", button.dataset.name === name));
    element.append(...buttons);
    element.addEventListener("click", (event) => {
      const chip = event.target.closest(".chip");
      if (chip) onPick(chip.dataset.name);
    });
    press(Object.keys(names)[0]);
    return press;
  }

  /** The head of a dialog: its title, which names it, and the button that closes it. A click beside the dialog closes it too. */
  function sheetHead(sheet, title) {
    const close = make("button", { type: "button", class: "switch icon-close", "aria-label": "Close" });
    close.addEventListener("click", () => sheet.close());
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    return make("div", { class: "sheet-head" }, make("h2", { id: sheet.id + "-title" }, title), close);
  }

  /** Start a CSS animation that a class carries, from its beginning, and take the class away at its end. */
  function animate(target, name, others) {
    const element = pick(target);
    if (!element) return;
    element.classList.remove(name, ...(others || []));
    void element.offsetWidth;
    element.classList.add(name);
    element.onanimationend = () => element.classList.remove(name); // one for all: where nothing moves, no end ever comes
    if (isStill()) setTimeout(() => element.classList.remove(name), 400);
  }

  /** Does the reader want nothing to move: by a choice here, or by the system's. */
  const isStill = () =>
    scripts.choices.get("motion") === "still" || window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  scripts.dom = { animate, attribute, chips, get, hide, isStill, make, pair, part, property, sheetHead, text, tone };
})();
