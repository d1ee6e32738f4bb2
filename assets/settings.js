/* The settings: the panel that shows what can be chosen, the two switches in the bar, and what a choice changes at once. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** [heading, [[choice, name, {value: words}]]], in the order in which it is read. */
  const GROUPS = [
    ["Looks", [
      ["theme", "Theme", { system: "System", dark: "Dark", light: "Light" }],
      ["colours", "Up and down", { "green-red": "Green, red", "blue-orange": "Blue, orange" }],
      ["motion", "Motion", { system: "System", still: "None" }],
      ["flash", "Flash on a trade", { on: "On", off: "Off" }],
    ]],
    ["Alerts", [
      ["sound", "Sound", { off: "Off", on: "On" }],
      ["volume", "Volume", { soft: "Soft", medium: "Medium", loud: "Loud" }],
      ["notify", "Desktop notifications", { off: "Off", on: "On" }],
    ]],
    ["Numbers, times, keys", [
      ["numbers", "Numbers", { browser: "Browser’s", comma: "1,234.56", dot: "1.234,56", space: "1 234,56" }],
      ["times", "Times", { local: "Local", utc: "UTC" }],
      ["keys", "Single keys", { on: "On", off: "Off" }],
    ]],
  ];
  const PERMISSION = {
    denied: "The browser blocks notifications of this page: allow them in its settings for this site.",
    missing: "This browser shows no notifications here. Most ask for https or for the page on this machine.",
    default: "Trades and errors, while this tab is hidden. The browser will ask you first.",
    granted: "Trades and errors, while this tab is hidden.",
  };

  function build(sheet) {
    const { make, sheetHead } = scripts.dom;
    const notes = { notify: make("p", { class: "setting-note", id: "notify-note" }), sample: make("p", { class: "setting-note" }) };
    const test = make("button", { type: "button", class: "chip", id: "sound-test" }, "Test");
    const words = make("button", { type: "button", class: "chip" }, "Show them");
    const extras = { sound: test, notify: notes.notify, times: notes.sample, keys: words };
    const groups = GROUPS.map(([heading, rows]) =>
      make("section", { class: "setting-group" }, make("h3", null, heading), ...rows.map((row) => setting(row, extras[row[0]]))));
    test.addEventListener("click", testSound);
    words.addEventListener("click", () => (sheet.close(), scripts.keys.help()));
    sheet.addEventListener("change", ({ target }) => choose(target.name, target.value));
    sheet.replaceChildren(sheetHead(sheet, "Settings"), ...groups);
    return { sheet, notes };
  }

  /** One choice: its name, and its values side by side. */
  function setting([name, label, values], extra) {
    const { make } = scripts.dom;
    const options = Object.entries(values).map(([value, words]) => {
      const radio = make("input", { type: "radio", name, value, class: "sr-only" });
      return make("label", { class: "segment" }, radio, make("span", null, words));
    });
    const segments = make("div", { class: "segments" }, ...options);
    const described = name === "notify" ? { "aria-describedby": "notify-note" } : null;
    return make("fieldset", { class: "setting", ...described }, make("legend", null, label), segments, extra);
  }

  /** The panel shows what holds. */
  function paint() {
    const { notes, sheet } = scripts.dom.part("settings", build);
    const { format, notifications } = scripts;
    for (const radio of sheet.querySelectorAll("input")) radio.checked = scripts.choices.get(radio.name) === radio.value;
    scripts.dom.text(notes.notify, PERMISSION[notifications.permission()]);
    scripts.dom.text(notes.sample, format.signedMoney("1234567.5") + " · " + format.dateTime(Date.now()));
  }

  function toggle() {
    const { sheet } = scripts.dom.part("settings", build);
    if (sheet.open) return sheet.close();
    paint();
    sheet.showModal();
  }

  async function choose(name, value) {
    if (name === "notify" && value === "on" && (await scripts.notifications.ask()) !== "granted") return paint();
    scripts.choices.set(name, value);
    if (name === "sound" && value === "on") testSound();
  }

  /** A tone whether sound is on or not: this click asks for it. */
  async function testSound() {
    await scripts.sound.turnOn(true);
    scripts.sound.play("buy");
    await scripts.sound.turnOn(scripts.choices.get("sound") === "on");
  }

  // What a choice changes, in this tab and in every other.

  const EFFECTS = {
    theme: () => scripts.chart.recolour(), colours: () => scripts.chart.recolour(),
    numbers: rewrite, times: rewrite,
    sound: (value) => scripts.sound.turnOn(value === "on"),
  };

  function rewrite() {
    scripts.format.renew();
    scripts.candles.renew();
    scripts.detail.forget();
    scripts.page.tell({ kind: "redraw" });
  }

  function follow(name, value) {
    if (EFFECTS[name]) EFFECTS[name](value);
    paintSwitches();
    if (scripts.dom.get("settings").open) paint();
  }

  const THEME_WORDS = { system: "Theme: as the system", dark: "Theme: dark", light: "Theme: light" };

  function paintSwitches() {
    const { attribute } = scripts.dom;
    const isOn = scripts.choices.get("sound") === "on";
    attribute("sound-switch", "aria-pressed", isOn);
    name("sound-switch", isOn ? "Sound on" : "Sound off");
    name("theme-switch", THEME_WORDS[scripts.choices.get("theme")]);
    name("settings-button", "Settings");
  }

  const name = (id, words) => ["aria-label", "title"].forEach((attribute) => scripts.dom.attribute(id, attribute, words));

  const after = (choice) => {
    const values = scripts.choices.CHOICES[choice];
    return values[(values.indexOf(scripts.choices.get(choice)) + 1) % values.length];
  };

  function start() {
    const { get } = scripts.dom;
    scripts.choices.listen(follow);
    paintSwitches();
    awaken();
    get("theme-switch").addEventListener("click", () => choose("theme", after("theme")));
    get("sound-switch").addEventListener("click", () => choose("sound", after("sound")));
    get("settings-button").addEventListener("click", toggle);
    get("bot-select").addEventListener("change", (event) => scripts.page.tell({ kind: "select", bot_id: event.target.value }));
  }

  /** A remembered "on" waits for the first click or key: before that no browser lets a page sound. */
  function awaken() {
    const wake = () => scripts.choices.get("sound") === "on" && scripts.sound.turnOn(true);
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, wake, { once: true });
  }

  scripts.settings = { GROUPS, start, toggle };
})();
