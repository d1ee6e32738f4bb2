/* Keys: s start/stop, t test trade, c line/candles, f fleet, / trades filter, ? help, Esc dismiss. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const KEYS = {
    s: () => press(["start-button", "stop-button"].find((id) => isUsable(id))),
    t: () => press(isUsable("test-trade-button") ? "test-trade-button" : null),
    c: () => scripts.chart.toggle(),
    f: () => scripts.fleet.toggle(),
    "/": () => focusFilter(),
    "?": () => help(),
    Escape: () => scripts.toasts.dismissNewest(),
  };

  function isUsable(id) {
    const button = scripts.dom.get(id);
    return Boolean(button) && !button.disabled && !button.hidden;
  }

  const press = (id) => id && scripts.dom.get(id).click();

  function focusFilter() {
    scripts.trades.filter();
    scripts.dom.get("trades-filter").querySelector("[aria-pressed=true]").focus();
  }

  function help() {
    const sheet = scripts.dom.part("help", build);
    if (sheet.open) sheet.close();
    else sheet.showModal();
  }

  const KEY_WORDS = [
    ["s", "Start or stop the bot"], ["t", "Test trade"], ["c", "Line or candles"], ["f", "All bots"], ["/", "Filter the trades"],
    ["Esc", "Dismiss the newest toast, or close what is open"], ["?", "This help"],
  ];
  const WORDS = [
    ["Page", "This page and the relay: the age of the last thing that came over the line."],
    ["Bot", "The relay and the bot: the age of the bot's last word."],
    ["Market", "The bot and the exchange: the age of the last price."],
  ];

  function build(sheet) {
    const { make } = scripts.dom;
    const close = make("button", { type: "button", class: "switch icon-close", "aria-label": "Close" });
    close.addEventListener("click", () => sheet.close());
    const keys = KEY_WORDS.map(([key, text]) => make("div", { class: "pair" }, make("kbd", null, key), make("span", null, text)));
    const words = WORDS.map(([word, text]) => make("p", { class: "word" }, make("b", null, word), text));
    const legend = make("p", null, "Green is fresh, amber late, red stale. What depends on a late hop is grey.");
    const head = make("div", { class: "sheet-head" }, make("h2", { id: "help-title" }, "Keys and words"), close);
    sheet.replaceChildren(head, ...keys, make("div", { class: "help-words" }, ...words, legend));
    return sheet;
  }

  const isTyping = (target) => target.closest && target.closest("input, textarea, select, [contenteditable]");
  const isBehindSheet = (key) => document.querySelector("dialog[open]") && key !== "?";

  function onKey(event) {
    const action = KEYS[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (isTyping(event.target) || isBehindSheet(event.key)) return;
    if (event.key !== "Escape") event.preventDefault();
    action();
  }

  function start() {
    const sheet = scripts.dom.get("help");
    document.addEventListener("keydown", onKey);
    scripts.dom.get("help-button").addEventListener("click", help);
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  }

  scripts.keys = { onKey, start };
})();
