/* What the reader chose, kept in the browser and followed by every open tab.

   The one script that is loaded in the document's head and does something at once (dash_app/document.py): what is chosen for
   the looks stands on the root element before anything is painted, so that no wrong theme is ever seen. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const KEY = "tapedeck.";
  /** What can be chosen. The first of each holds until the reader chooses, and where what is kept is none of them. */
  const CHOICES = {
    theme: ["system", "dark", "light"],
    colours: ["green-red", "blue-orange"],
    motion: ["system", "still"],
    flash: ["on", "off"],
    sound: ["off", "on"],
    volume: ["medium", "soft", "loud"],
    notify: ["off", "on"],
    times: ["local", "utc"],
    numbers: ["browser", "comma", "dot", "space"],
    keys: ["on", "off"],
  };
  const LOOKS = ["theme", "colours", "motion"];
  const cell = { values: {}, listeners: [] };

  function recall(name, otherwise) {
    try {
      return localStorage.getItem(KEY + name) || otherwise;
    } catch {
      return otherwise;
    }
  }

  function remember(name, value) {
    try {
      localStorage.setItem(KEY + name, value);
    } catch {
      /* a browser that keeps nothing still shows the deck */
    }
  }

  const valid = (name, value) => (CHOICES[name].includes(value) ? value : CHOICES[name][0]);

  /** What holds now. */
  function get(name) {
    if (!(name in cell.values)) cell.values[name] = valid(name, recall(name));
    return cell.values[name];
  }

  /** The reader chose. */
  function set(name, value) {
    remember(name, valid(name, value));
    take(name, value);
  }

  function take(name, value) {
    cell.values[name] = valid(name, value);
    dress();
    for (const listener of cell.listeners) listener(name, cell.values[name]);
  }

  /** `listener(name, value)` after each choice, in this tab or another. */
  function listen(listener) {
    if (!cell.listeners.length) window.addEventListener("storage", follow);
    cell.listeners.push(listener);
  }

  /** Another tab chose; without a key it forgot all. */
  function follow(event) {
    const names = event.key === null ? Object.keys(CHOICES) : [event.key.slice(KEY.length)];
    for (const name of names) if (CHOICES[name] && (event.key === null || event.key.startsWith(KEY))) take(name, recall(name));
  }

  /** The root says what is not as usual: data-theme, data-colours, data-motion. */
  function dress() {
    for (const name of LOOKS) {
      const isUsual = get(name) === CHOICES[name][0];
      if (isUsual) document.documentElement.removeAttribute("data-" + name);
      else document.documentElement.setAttribute("data-" + name, get(name));
    }
  }

  scripts.choices = { CHOICES, get, listen, recall, remember, set };
  dress();
})();
