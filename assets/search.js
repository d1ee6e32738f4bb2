/* A field to search a list with: tells what was typed a moment after the last key; Escape empties it. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PAUSE_MS = 200;

  /** The field, put into `place`; `onText(text)` is told each other text. */
  function create(place, name, onText) {
    const field = scripts.dom.make("input", {
      type: "search", class: "search", "aria-label": name, placeholder: name, autocomplete: "off", spellcheck: "false", maxlength: 100,
    });
    const search = { field, timer: null, told: "" };
    const tell = () => {
      clearTimeout(search.timer);
      if (field.value !== search.told) onText((search.told = field.value));
    };
    field.addEventListener("input", () => {
      clearTimeout(search.timer);
      search.timer = setTimeout(tell, field.value ? PAUSE_MS : 0);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") field.value ? (field.value = "") : field.blur();
      if (event.key === "Escape" || event.key === "Enter") tell();
    });
    place.append(field);
    return search;
  }

  /** Empty it without telling. */
  function clear(search) {
    clearTimeout(search.timer);
    search.field.value = search.told = "";
  }

  scripts.search = { clear, create };
})();
