/* The door to the backtest view at `/backtest`. Its scripts and its data are asked for when it is first opened, not before. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PATH = /^\/backtest\/?$/;
  const cell = { isOpen: false, loading: null, live: { stats: null, status: null } };

  const isOpen = () => cell.isOpen;

  /** What the bot that is shown last said of itself: {stats, status, bot}. */
  const live = () => cell.live;

  function start() {
    document.addEventListener("click", follow);
    window.addEventListener("popstate", show);
    show();
  }

  function follow(event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target.closest("a[href='/backtest'], #backtest-view a[href='/']");
    if (!link) return;
    event.preventDefault();
    if (link.getAttribute("href") === "/") leave();
    else if (!cell.isOpen) go("/backtest", { isOurs: true });
  }

  function go(path, state) {
    history.pushState(state, "", path + window.location.search);
    show();
  }

  /** Back to the deck: the way the reader came, else by a step of its own. */
  function leave() {
    if (history.state && history.state.isOurs) history.back();
    else go("/", null);
  }

  /** A trade's sheet opens over either; which of the two lies under it stays. */
  function show() {
    const { pathname } = window.location;
    if (pathname.startsWith("/trade/")) return;
    const wasOpen = cell.isOpen;
    cell.isOpen = PATH.test(pathname);
    if (cell.isOpen === wasOpen) return;
    scripts.dom.attribute("deck", "data-view", cell.isOpen ? "backtest" : null);
    scripts.dom.hide("backtest-view", !cell.isOpen);
    window.scrollTo(0, 0);
    if (cell.isOpen) return void enter();
    window.dispatchEvent(new Event("resize"));
    const door = scripts.dom.get("backtest-link");
    if (door) door.focus({ preventScroll: true });
  }

  async function enter() {
    try {
      await load();
    } catch {
      return void failed();
    }
    if (cell.isOpen) scripts.backtest_view.enter();
  }

  function failed() {
    cell.loading = null;
    const { make } = scripts.dom;
    const again = make("button", { type: "button", class: "action" }, "Try again");
    again.addEventListener("click", enter);
    const text = make("p", { class: "empty", role: "alert" }, "The relay did not send this view: it may be away.");
    scripts.dom.get("backtest-view").replaceChildren(text, again);
  }

  function load() {
    cell.loading = cell.loading || new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = document.querySelector("meta[name=backtest-script]").content;
      script.addEventListener("load", done);
      script.addEventListener("error", fail);
      document.head.append(script);
    });
    return cell.loading;
  }

  /** Wired to the bot's figures: an open view shows them beside the backtest's. */
  function paint(stats, status) {
    cell.live = { stats, status: status.status, bot: status.bot };
    if (cell.isOpen && scripts.backtest_view) scripts.backtest_view.paintLive();
  }

  scripts.backtest = { isOpen, leave, live, paint, start };
})();
