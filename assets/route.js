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
    open(link.dataset.tradeId || tradeId(link.getAttribute("href")));
  }

  function open(id) {
    const path = "/trade/" + encodeURIComponent(id) + window.location.search;
    if (window.location.pathname + window.location.search !== path) history.pushState({ isOurs: true }, "", path);
    show();
  }

  /** Back to the deck: the way the reader came, else by a step of its own. */
  function leave() {
    if (history.state && history.state.isOurs) return history.back();
    history.pushState(null, "", "/" + window.location.search);
    show();
  }

  function show() {
    const id = tradeId(window.location.pathname);
    const sheet = scripts.dom.get("trade-detail");
    if (id === null) return sheet.open ? sheet.close() : undefined;
    if (!sheet.open || !scripts.detail.shows(id)) scripts.detail.paint(id);
    if (!sheet.open) sheet.showModal();
  }

  /** Wired to the trades: the one whose address was opened may only now have come. */
  function paint() {
    if (scripts.dom.get("trade-detail").open) show();
  }

  scripts.route = { leave, open, paint, show, start, tradeId };
})();
