/* Keys: s start/stop, t test trade, c line/candles, / trades filter, ? help, Esc dismiss. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const KEYS = {
    s: () => press(["start-button", "stop-button"].find((id) => isUsable(id))),
    t: () => press(isUsable("test-trade-button") ? "test-trade-button" : null),
    c: () => scripts.chart.toggle(),
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
    const sheet = scripts.dom.get("help");
    if (sheet.open) sheet.close();
    else sheet.showModal();
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
    scripts.dom.get("help-close").addEventListener("click", () => sheet.close());
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  }

  scripts.keys = { onKey, start };
})();
