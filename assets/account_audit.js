/* The audit log as the operator reads it: who did what, from where, and what became of it. Newest first, older ones as the
   reader gets to them. All of it is text. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PAGE = 50;
  const NEAR_PX = 200;
  const cell = { parts: null, oldest: null, isAsking: false, isAll: false, visit: 0 };

  const ACTIONS = { login: "Logged in", logout: "Logged out", proof: "Password again", revoke_session: "Ended a session" };
  const TRIED = { login: "Login" };
  const WELL = ["ok", "begun"];

  /** One row in words: {time, head, detail, about, isWell}. */
  function words({ action, address, detail, outcome, ts, who }) {
    const isWell = WELL.includes(outcome);
    const name = (isWell ? ACTIONS : TRIED)[action] || capital(scripts.deck.nameOf(action).replace(/_/g, " "));
    return {
      time: scripts.format.dateTime(ts), head: isWell ? name : name + ": " + outcome, isWell,
      detail: action === "login" && detail ? scripts.account_sheet.device(detail) : detail,
      about: [outcome === "begun" ? "begun" : "", who, address].filter(Boolean).join(" · "),
    };
  }

  const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

  /** What the relay says of the chain: {text, isBroken}. */
  const chain = (fault) => (fault ? { text: fault, isBroken: true } : { text: "The chain is whole: no row was changed, put in or taken away.", isBroken: false });

  function build() {
    const { make } = scripts.dom;
    const parts = {
      chain: make("p", { class: "account-note", id: "audit-chain", role: "status" }),
      list: make("ol", { class: "audit", id: "audit", tabindex: 0, "aria-labelledby": "audit-title" }),
      older: make("button", { type: "button", class: "chip", hidden: "" }, "Show older"),
    };
    cell.parts = parts;
    parts.list.addEventListener("scroll", () => isNearEnd(parts.list) && more());
    parts.older.addEventListener("click", more);
    return make("section", { class: "account-part" }, make("h3", { id: "audit-title" }, "Audit log"), parts.chain, parts.list, parts.older);
  }

  const isNearEnd = (list) => list.scrollTop + list.clientHeight > list.scrollHeight - NEAR_PX;

  /** The newest, anew. */
  function open() {
    Object.assign(cell, { oldest: null, isAsking: false, isAll: false, visit: cell.visit + 1 });
    cell.parts.list.replaceChildren();
    cell.parts.list.scrollTop = 0;
    return more();
  }

  async function more() {
    if (cell.isAsking || cell.isAll) return;
    cell.isAsking = true;
    const { visit } = cell;
    const query = new URLSearchParams({ limit: PAGE, ...(cell.oldest === null ? {} : { before_seq: cell.oldest }) });
    const answer = await scripts.ask.json("/api/v1/audit?" + query);
    if (visit !== cell.visit) return;
    cell.isAsking = false;
    if (answer.ok) take(answer.body);
    else say({ text: answer.error, isBroken: true });
  }

  function take({ entries, fault }) {
    if (entries.length) cell.oldest = entries[entries.length - 1].seq;
    cell.isAll = entries.length < PAGE;
    cell.parts.list.append(...entries.map(row));
    scripts.dom.hide(cell.parts.older, cell.isAll);
    if (fault !== undefined) say(chain(fault));
  }

  function say({ text, isBroken }) {
    scripts.dom.text(cell.parts.chain, text);
    scripts.dom.attribute(cell.parts.chain, "data-refusal", isBroken ? "true" : null);
  }

  function row(entry) {
    const { make } = scripts.dom;
    const { about, detail, head, isWell, time } = words(entry);
    const told = detail ? make("span", null, detail) : null;
    return make("li", { "data-seq": entry.seq, "data-refused": isWell ? null : "true" }, make("time", null, time), make("p", null, make("b", null, head), told, make("small", null, about)));
  }

  scripts.account_audit = { build, chain, open, words };
})();
