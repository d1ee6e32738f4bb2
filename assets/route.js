/* The address bar: `/` is the deck, `/trade/<id>` the same page with that trade open. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});
  const PATH = /^\/trade\/([^/]+)\/?$/;

  /** The trade's id that a path names, or null. */
  function tradeId(path) {
    const match = PATH.exec(path);
    if (!match) return null;
    try {
      return decodeURIComponent(match[1]);
    } catch {
      return null;
    }
  }

  const pathOf = (id) => "/trade/" + encodeURIComponent(id);

  function start() {
    document.addEventListener("click", follow);
    window.addEventListener("popstate", show);
    const sheet = scripts.dom.get("trade-detail");
    sheet.addEventListener("cancel", (event) => (event.preventDefault(), leave()));
    sheet.addEventListener("click", (event) => event.target === sheet && leave());
    show();
  }

  function follow(event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target.closest("a[href^='/trade/'], tr[data-trade-id]");
    if (!link) return;
    event.preventDefault();
    if (link.matches("tr")) link.querySelector("a").focus({ preventScroll: true });
    open(link.dataset.tradeId || tradeId(link.getAttribute("href")));
  }

  /** How many steps back the deck is from a trade that is opened here; null when the reader never was on it. Pure. */
  function stepsAfter(path, state) {
    if (tradeId(path) === null) return 1;
    return state && state.steps ? state.steps + 1 : null;
  }

  function open(id) {
    const { pathname, search } = window.location;
    if (pathname !== pathOf(id)) history.pushState({ steps: stepsAfter(pathname, history.state) }, "", pathOf(id) + search);
    show();
  }

  /** Another trade in the same sheet: one step back still leaves it. */
  function swap(id) {
    history.replaceState(history.state, "", pathOf(id) + window.location.search);
    show();
  }

  /** Back to the deck: the way the reader came, else by a step of its own. */
  function leave() {
    if (history.state && history.state.steps) return history.go(-history.state.steps);
    history.pushState(null, "", "/" + window.location.search);
    show();
  }

  function show() {
    const id = tradeId(window.location.pathname);
    const sheet = scripts.dom.get("trade-detail");
    if (id === null) return sheet.open ? close(sheet) : undefined;
    if (!sheet.open || !scripts.detail.shows(id)) scripts.detail.paint(id);
    if (!sheet.open) sheet.showModal();
  }

  function close(sheet) {
    sheet.close();
    scripts.detail.leave();
  }

  /** Wired to the trades: the one whose address was opened may only now have come. */
  function paint() {
    if (!scripts.dom.get("trade-detail").open) return;
    show();
    scripts.detail.paintWays();
  }

  scripts.route = { leave, open, paint, pathOf, show, start, stepsAfter, swap, tradeId };
})();
