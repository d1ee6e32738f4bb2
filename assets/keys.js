/* The keys, and what they do. Single keys act only where nobody types, and can be switched off in the settings. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const KEYS = {
    s: () => act(["stop-button", "start-button"].find((id) => isUsable(id))),
    t: () => act(isUsable("test-trade-button") ? "test-trade-button" : null),
    c: () => scripts.chart.toggle(),
    f: () => scripts.fleet.toggle(),
    "/": () => scripts.trades.find(),
    ",": () => scripts.settings.toggle(),
    j: () => step(1),
    k: () => step(-1),
    "?": () => help(),
    Escape: () => scripts.toasts.dismissNewest(),
  };

  /** A list whose rows `j` and `k` walk through; in each row what takes the focus. */
  const LISTS = [
    { id: "trades-table", rows: "[data-trade-id]", inRow: ".trade-link" },
    { id: "activity-list", rows: "li", inRow: null },
  ];

  function isUsable(id) {
    const button = scripts.dom.get(id);
    return Boolean(button) && !button.disabled && !button.hidden;
  }

  const press = (id) => id && scripts.dom.get(id).click();
  const act = (id) => (scripts.account.isViewer() ? scripts.account.explain() : press(id));

  /** The next or the previous row of the list in which the focus is; the trades' first where it is in none. */
  function step(by) {
    const here = document.activeElement;
    const list = LISTS.find(({ id }) => scripts.dom.get(id).contains(here)) || LISTS[0];
    const rows = [...scripts.dom.get(list.id).querySelectorAll(list.rows)].filter((row) => row.offsetParent !== null);
    const at = rows.findIndex((row) => row.contains(here));
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (row) focusRow(row, list.inRow);
  }

  function focusRow(row, inRow) {
    const target = (inRow && row.querySelector(inRow)) || row;
    if (target === row && !row.hasAttribute("tabindex")) row.setAttribute("tabindex", "-1");
    target.focus();
  }

  function help() {
    const sheet = scripts.dom.part("help", build);
    if (sheet.open) sheet.close();
    else sheet.showModal();
  }

  const KEY_WORDS = [
    ["s", "Start or stop the bot"], ["t", "Test trade"], ["c", "Line or candles"], ["f", "All bots"], ["/", "Search the trades"],
    ["← →", "Move the chart, when it has the focus"], ["+ −", "Zoom it"], ["0", "Chart back to live"],
    ["j  k", "Next and previous row of a list; in a trade's detail the older, the newer one"], [",", "Settings"],
    ["Esc", "Dismiss the newest toast, or close what is open"], ["?", "This help"],
  ];
  const WORDS = [
    ["Page", "This page and the relay: the age of the last thing that came over the line."],
    ["Bot", "The relay and the bot: the age of the bot's last word."],
    ["Market", "The bot and the exchange: the age of the last price."],
    ["Chart", "Drag it, or swipe sideways, to move it; pinch, or Ctrl and the wheel, to zoom. Swiping up or down scrolls the page."],
  ];

  function build(sheet) {
    const { make, sheetHead } = scripts.dom;
    const keys = KEY_WORDS.map(([key, text]) => make("div", { class: "pair key" }, make("kbd", null, key), make("span", null, text)));
    const words = WORDS.map(([word, text]) => make("p", { class: "word" }, make("b", null, word), text));
    const legend = make("p", null, "Green is fresh, amber late, red stale. What depends on a late hop is grey.");
    sheet.replaceChildren(sheetHead(sheet, "Keys and words"), ...keys, make("div", { class: "help-words" }, ...words, legend));
    return sheet;
  }

  const isTyping = (target) => target.closest && target.closest("input:not([type=radio]), textarea, select, [contenteditable]");

  /** Behind an open sheet only the key that opened it goes on working: it closes it. */
  const OPENERS = { help: "?", settings: "," };

  function isBehindSheet(key) {
    const sheet = document.querySelector("dialog[open]");
    return Boolean(sheet) && OPENERS[sheet.id] !== key;
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (isTyping(event.target) || isBehindSheet(event.key)) return;
    if (event.key !== "Escape" && scripts.choices.get("keys") === "off") return;
    const action = KEYS[event.key];
    if (!action) return;
    if (event.key !== "Escape") event.preventDefault();
    action();
  }

  function start() {
    document.addEventListener("keydown", onKey);
    scripts.dom.get("help-button").addEventListener("click", help);
  }

  scripts.keys = { KEYS, KEY_WORDS, help, onKey, start };
})();
