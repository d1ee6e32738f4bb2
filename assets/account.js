/* Who looks at this page: the operator or a viewer, by a session that may end while it is open. Where nobody had to log in
   everybody is the operator, and nothing of this is shown. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const VIEWER = "Viewer: looks only.";
  const EXPLAINED = "You look as a viewer: log in as the operator to start, stop or trade.";
  /** How the relay begins what it says to somebody that it does not know. */
  const REFUSAL = "Log in at /login";
  const ROLES = { operator: "Operator", viewer: "Viewer" };
  const CHANNEL = "tapedeck.account";
  /** `isKnown`: role and token are those of now. */
  const cell = { isSession: false, role: "operator", token: "", isKnown: true, isGreeted: false, isOut: false, channel: null };

  const isViewer = () => cell.role === "viewer";
  const isOut = () => cell.isOut;
  const isSession = () => cell.isSession;
  const roleName = () => ROLES[cell.role] || cell.role;
  const isRefusal = (sentence) => typeof sentence === "string" && sentence.startsWith(REFUSAL);

  /** What goes with each request that changes something. A token that may be of an earlier login is asked for anew before. */
  async function headers() {
    if (!cell.isKnown) await ask();
    return cell.token ? { "X-CSRF-Token": cell.token } : {};
  }

  /** As the document says it. One that was kept for an absent relay carries an empty token: who it is will be asked. */
  function start() {
    const said = (name) => document.querySelector("meta[name=" + name + "]");
    const token = said("csrf-token");
    if (token) Object.assign(cell, { isSession: true, token: token.content, isKnown: Boolean(token.content) });
    if (said("role")) cell.role = said("role").content;
    if (typeof BroadcastChannel === "undefined") return;
    cell.channel = new BroadcastChannel(CHANNEL);
    cell.channel.addEventListener("message", ask);
  }

  /** Another tab logged out, or the line is back: who is it now? An answer of "nobody" comes to `over`. */
  async function ask() {
    const { ok, body } = await scripts.ask.json("/api/v1/session");
    if (ok) be(body);
  }

  function be({ role, means, csrf_token: token }) {
    Object.assign(cell, { isSession: means === "session", role, token: token || "", isKnown: true });
    scripts.page.tell({ kind: "tick" });
  }

  /** The relay has said that nobody is logged in here. */
  const over = () => cell.isOut || scripts.page.tell({ kind: "over" });

  /** With each turn of the line: is it over, or was it just greeted? */
  function follow(isOver, isHello) {
    if (isOver && !cell.isOut) scripts.account_sheet.close();
    cell.isOut = isOver;
    if (isOver) cell.isKnown = false;
    if (!isHello) return;
    if (cell.isSession && cell.isGreeted) cell.isKnown = false;
    if (!cell.isKnown) ask();
    cell.isGreeted = true;
  }

  /** Why a key does nothing. */
  const explain = () => scripts.page.tell({ kind: "hint", text: EXPLAINED });

  /** End this session, here and in every other tab. Says why where that failed. */
  async function leave() {
    try {
      const answer = await fetch("/logout", { method: "POST", headers: await headers(), redirect: "manual" });
      if (answer.type !== "opaqueredirect" && answer.status !== 401) return "You are still logged in: the relay did not accept it. Reload the page and try again.";
    } catch {
      return "You are still logged in: the relay did not answer. Try again when the line is back.";
    }
    if (cell.channel) cell.channel.postMessage("left");
    window.location.assign("/login");
    return "";
  }

  /** The login that leads back to where the reader is. */
  function way() {
    const { hash, pathname, search } = window.location;
    return "/login?" + new URLSearchParams({ next: pathname + search + hash });
  }

  // The document.

  /** In the menu beside start and stop. */
  function item() {
    const { make } = scripts.dom;
    cell.note = make("small");
    cell.item = make("button", { type: "button", class: "menu-item", "data-name": "account", id: "account-item", hidden: "" }, make("span", null, "Account…"), cell.note);
    return cell.item;
  }

  function paint(truth) {
    const parts = scripts.dom.part("account-strip", build);
    if (!parts || !truth) return;
    const { attribute, hide, text } = scripts.dom;
    hide(cell.item, !cell.isSession);
    text(cell.note, roleName());
    attribute("deck", "data-role", cell.isSession ? cell.role : null);
    if (parts.isShown !== truth.isOut) show(parts, truth.isOut);
    if (truth.isOut) attribute(parts.link, "href", way());
  }

  function build(strip) {
    const { make } = scripts.dom;
    const link = make("a", { class: "action start", id: "login-link" }, "Log in again");
    const words = make("p", { class: "notice-text", role: "alert" }, make("b", null, "You are logged out"), "What stands here is old, and nothing can be done from here.");
    return { strip, link, words, isShown: false };
  }

  /** It comes into the page with its words, so that it is read out. */
  function show(parts, isOut) {
    parts.isShown = isOut;
    const said = isOut ? { "data-level": "error", role: "region", "aria-label": "Session" } : { "data-level": null, role: null, "aria-label": null };
    for (const [name, value] of Object.entries(said)) scripts.dom.attribute(parts.strip, name, value);
    parts.strip.replaceChildren(...(isOut ? [parts.words, parts.link] : []));
  }

  scripts.account = { VIEWER, be, explain, follow, headers, isOut, isRefusal, isSession, isViewer, item, leave, over, paint, roleName, start, way };
})();
