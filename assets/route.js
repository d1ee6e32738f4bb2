/* The address bar: `/` is the deck, `/trade/<id>` the same page with that trade open.

   A trade is named by its key, {id, of}: two bots may count their trades alike, so of several bots the address says whose it
   is, `/trade/<id>?of=<bot>`. `of` is null where there is one bot, or where nobody said. */
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

  /** The key of the trade that an address names, or null. Pure. */
  function keyIn({ pathname, search }) {
    const id = tradeId(pathname);
    return id === null ? null : { id, of: new URLSearchParams(search).get("of") };
  }

  /** The key of a trade that the page holds. */
  const keyOf = ({ id, bot_id: bot }) => ({ id, of: bot && scripts.page.whose(bot) ? bot : null });

  /** The address of the trade with that key, of the deck where there is none; what else `search` says stays. Pure. */
  function addressOf(key, search = "") {
    const query = new URLSearchParams(search);
    query.delete("of");
    if (key && key.of) query.set("of", key.of);
    const asked = query.toString();
    return (key ? "/trade/" + encodeURIComponent(key.id) : "/") + (asked && "?" + asked);
  }

  /** Is it the trade with that key? */
  const isOf = (trade, { id, of }) => trade.id === id && (of === null || trade.bot_id === of);

  const linkTo = (trade) => addressOf(keyOf(trade));

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
    const way = link.matches("tr") ? link.querySelector("a") : link;
    if (way !== link) way.focus({ preventScroll: true });
    open(keyIn(way));
  }

  /** How many steps back the deck is from a trade that is opened here; null when the reader never was on it. Pure. */
  function stepsAfter(path, state) {
    if (tradeId(path) === null) return 1;
    return state && state.steps ? state.steps + 1 : null;
  }

  function open(key) {
    const { pathname, search } = window.location;
    const address = addressOf(key, search);
    if (pathname + search !== address) history.pushState({ steps: stepsAfter(pathname, history.state) }, "", address);
    show();
  }

  /** Another trade in the same sheet: one step back still leaves it. */
  function swap(key) {
    history.replaceState(history.state, "", addressOf(key, window.location.search));
    show();
  }

  /** Back to the deck: the way the reader came, else by a step of its own. */
  function leave() {
    if (history.state && history.state.steps) return history.go(-history.state.steps);
    history.pushState(null, "", addressOf(null, window.location.search));
    show();
  }

  function show() {
    const key = keyIn(window.location);
    const sheet = scripts.dom.get("trade-detail");
    if (key === null) return sheet.open ? close(sheet) : undefined;
    if (!sheet.open || !scripts.detail.shows(key)) scripts.detail.paint(key);
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

  scripts.route = { addressOf, isOf, keyIn, keyOf, leave, linkTo, open, paint, show, start, stepsAfter, swap, tradeId };
})();
