/* Desktop notifications: trades and errors, while the tab is hidden, when the reader asked for them and the browser agreed. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const ICON = "/assets/icon.svg";

  /** "granted", "denied", "default", or "missing" where the browser has none, as without https. */
  const permission = () => (window.Notification ? window.Notification.permission : "missing");

  /** Ask the browser; only ever from a click in the settings. */
  const ask = async () => (window.Notification ? window.Notification.requestPermission() : permission());

  const isWanted = () => scripts.choices.get("notify") === "on" && permission() === "granted";

  /** {title, body, tag, path} of a trade, an error or a digest of many trades; null for the rest. */
  function message(item) {
    const card = scripts.toasts.card(item);
    if (item.kind !== "trade" && item.kind !== "digest" && card.kind !== "error") return null;
    const isTrade = card.tradeId !== undefined;
    return {
      title: (card.arrow ? card.arrow + " " : "") + card.title, body: card.text,
      tag: "tapedeck " + (isTrade ? tagOf(item.trade) : item.key), path: isTrade ? card.path : null,
    };
  }

  /** Two bots may count their trades alike: a notification takes the place of another with its tag. */
  function tagOf(trade) {
    const { id, of } = scripts.route.keyOf(trade);
    return of === null ? id : of + " " + id;
  }

  async function show(item) {
    const said = isWanted() ? message(item) : null;
    if (!said) return;
    const options = { body: said.body, tag: said.tag, icon: ICON, data: { path: said.path } };
    const worker = await registration();
    if (worker) return void worker.showNotification(said.title, options).catch(() => {}); // the permission was taken back
    const shown = new window.Notification(said.title, options);
    shown.addEventListener("click", () => (shown.close(), open(said.path)));
  }

  /** The page's service worker, once it works; on a phone nothing else may show notifications. */
  async function registration() {
    const found = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration());
    return found && found.active ? found : null;
  }

  /** The reader clicked on one. */
  function open(path) {
    window.focus();
    const key = path && scripts.route.keyIn(new URL(path, window.location));
    if (key) scripts.route.open(key);
  }

  /** The service worker, which hears the click where it showed the notification, passes it on: {kind: "open", path}. */
  function start() {
    if (!navigator.serviceWorker) return;
    navigator.serviceWorker.addEventListener("message", ({ data }) => data && data.kind === "open" && open(data.path));
  }

  scripts.notifications = { ask, message, permission, show, start };
})();
