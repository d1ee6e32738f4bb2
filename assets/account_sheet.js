/* The account's sheet: who looks, log out, and for the operator the sessions and the audit log. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const WHO = {
    operator: "You are logged in as the operator: everything can be seen and done.",
    viewer: "You are logged in as a viewer: everything can be seen, nothing can be done. To act, log out and log in as the operator.",
  };
  const BROWSERS = [["Edge", /Edg(e|A|iOS)?\//], ["Opera", /OPR\//], ["Firefox", /Firefox\/|FxiOS\//], ["Chrome", /Chrom(e|ium)\/|CriOS\//], ["Safari", /Safari\//]];
  const SYSTEMS = [["Android", /Android/], ["iPhone", /iPhone/], ["iPad", /iPad/], ["Windows", /Windows/], ["ChromeOS", /CrOS/], ["macOS", /Mac OS X/], ["Linux", /Linux/]];

  /** "Chrome on Android", from what a browser says of itself; else the beginning of that. */
  function device(agent) {
    const find = (names) => (names.find(([, pattern]) => pattern.test(agent)) || [""])[0];
    const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
    if (browser) return system ? browser + " on " + system : browser;
    return String(agent || "").slice(0, 40) || "A browser that does not say its name";
  }

  /** {title, about, isHere} of one session. */
  function session(one, now) {
    const role = one.role === "viewer" ? "Viewer" : "Operator";
    const seen = one.is_current ? "this browser" : "seen " + scripts.format.ago(Math.max(0, now - one.seen_ms));
    return { title: device(one.agent), about: [role, one.address, seen].join(" · "), isHere: Boolean(one.is_current) };
  }

  function build(sheet) {
    const { make, sheetHead } = scripts.dom;
    const parts = {
      sheet, who: make("p", { class: "account-who" }), note: make("p", { class: "account-note", role: "status" }),
      leave: make("button", { type: "button", class: "action", id: "logout-button" }, "Log out"),
      sessions: make("ul", { class: "sessions", id: "sessions" }),
    };
    const heading = make("h3", { id: "sessions-title", tabindex: -1 }, "Sessions");
    parts.heading = heading;
    parts.operator = make("div", null, make("section", { class: "account-part" }, heading, parts.sessions), scripts.account_audit.build());
    sheet.replaceChildren(sheetHead(sheet, "Account"), parts.who, parts.leave, parts.note, parts.operator);
    parts.leave.addEventListener("click", () => leave(parts));
    parts.sessions.addEventListener("click", ({ target }) => target.dataset.key && end(parts, target.dataset.key));
    return parts;
  }

  function open() {
    const parts = scripts.dom.part("account", build);
    const isOperator = !scripts.account.isViewer();
    scripts.dom.text(parts.who, WHO[isOperator ? "operator" : "viewer"]);
    say(parts, "");
    scripts.dom.hide(parts.operator, !isOperator);
    if (!parts.sheet.open) parts.sheet.showModal();
    if (!isOperator) return;
    load(parts);
    scripts.account_audit.open();
  }

  /** The session is over: nothing in here is true any more. */
  function close() {
    scripts.account_proof.close();
    const sheet = scripts.dom.get("account");
    if (sheet && sheet.open) sheet.close();
  }

  function say(parts, text, isError) {
    scripts.dom.text(parts.note, text);
    scripts.dom.attribute(parts.note, "data-refusal", isError ? "true" : null);
  }

  async function leave(parts) {
    scripts.dom.property(parts.leave, "disabled", true);
    say(parts, await scripts.account.leave(), true);
    scripts.dom.property(parts.leave, "disabled", false);
  }

  async function load(parts) {
    const { ok, body, error } = await scripts.ask.json("/api/v1/sessions");
    if (!ok) return say(parts, error, true);
    const now = Date.now();
    parts.sessions.replaceChildren(...body.sessions.map((one) => row(one.key, session(one, now))));
  }

  function row(key, { about, isHere, title }) {
    const { make } = scripts.dom;
    const end = isHere ? null : make("button", { type: "button", class: "chip", "data-key": key, "aria-label": "End the session of " + title + ", " + about }, "End");
    return make("li", { class: "session", "data-current": isHere ? "true" : null }, make("p", null, make("b", null, title), make("small", null, about)), end);
  }

  async function end(parts, key) {
    const { ok, error } = await scripts.ask.json("/api/v1/sessions/" + encodeURIComponent(key), { method: "DELETE" });
    say(parts, ok ? "The session is ended: its page is logged out within two seconds." : error, !ok);
    if (!parts.sheet.open) return;
    parts.heading.focus({ preventScroll: true });
    load(parts);
  }

  scripts.account_sheet = { close, device, open, session };
})();
