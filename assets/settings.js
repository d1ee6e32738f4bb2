/* What the reader set, kept in the browser: theme, sound. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const THEMES = ["system", "dark", "light"];
  const WORDS = { system: "Theme: as the system", dark: "Theme: dark", light: "Theme: light" };
  const KEY = "tapedeck.";

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

  function start() {
    const { get } = scripts.dom;
    applyTheme(recall("theme", "system"));
    applySound(recall("sound", "off"));
    get("theme-switch").addEventListener("click", nextTheme);
    get("sound-switch").addEventListener("click", toggleSound);
    get("bot-select").addEventListener("change", (event) => scripts.page.tell({ kind: "select", bot_id: event.target.value }));
  }

  function nextTheme() {
    const next = THEMES[(THEMES.indexOf(recall("theme", "system")) + 1) % THEMES.length];
    remember("theme", next);
    applyTheme(next);
  }

  function applyTheme(theme) {
    scripts.dom.attribute(document.documentElement, "data-theme", theme === "system" ? null : theme);
    scripts.dom.attribute("theme-switch", "aria-label", WORDS[theme]);
    scripts.dom.attribute("theme-switch", "title", WORDS[theme]);
    scripts.chart.recolour();
  }

  function toggleSound() {
    const next = recall("sound", "off") === "on" ? "off" : "on";
    remember("sound", next);
    applySound(next);
    scripts.sound.turnOn(next === "on");
    scripts.sound.play("buy");
  }

  /** A remembered "on" waits for the first click: before that no browser lets a page sound. */
  function applySound(state) {
    const words = state === "on" ? "Sound on" : "Sound off";
    scripts.dom.attribute("sound-switch", "aria-pressed", state === "on");
    scripts.dom.attribute("sound-switch", "aria-label", words);
    scripts.dom.attribute("sound-switch", "title", words);
    if (state === "on") document.addEventListener("pointerdown", () => scripts.sound.turnOn(true), { once: true });
  }

  scripts.settings = { recall, remember, start };
})();
