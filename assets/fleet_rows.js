/* The rows of the fleet in the document: made once for each bot, then changed in place. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const FIGURES = ["state", "since", "note", "symbol", "price", "position", "pnl", "today", "equity", "currency"];
  const COMMANDS = { resume: "start", start: "start", stop: "stop" };
  const WIRE = { resume: "resume", start: "start_bot", stop: "stop_bot" };
  const rows = new Map();

  /** Like `seen`, the rows of `fleet.view`; the sparklines once a second, and at once for a bot that is new. */
  function paint(body, seen, picture, isNewSecond) {
    const wanted = new Set(seen.map(({ id }) => id));
    for (const [id, parts] of rows) if (!wanted.has(id)) remove(id, parts);
    seen.forEach((one, i) => {
      const isNew = !rows.has(one.id);
      if (isNew) rows.set(one.id, build(one.id));
      const parts = rows.get(one.id);
      if (body.children[i] !== parts.row) body.insertBefore(parts.row, body.children[i] || null);
      paintRow(parts, one);
      if (isNew || isNewSecond) scripts.spark.paint(parts.spark, scripts.spark.values(scripts.deck.shown(picture, one.id)));
    });
  }

  function remove(id, { row }) {
    row.remove();
    rows.delete(id);
  }

  function build(id) {
    const { make } = scripts.dom;
    const spans = Object.fromEntries(FIGURES.map((name) => [name, make("span", { class: "fleet-" + name })]));
    const link = make("a", { class: "fleet-name", href: "/?bot=" + encodeURIComponent(id) });
    const mode = make("span", { class: "mode-badge" });
    const live = make("span", { class: "fleet-live" }, make("i", { class: "dot", "aria-hidden": "true" }), spans.state);
    const spark = scripts.spark.build();
    const buttons = Object.fromEntries(Object.entries(COMMANDS).map(([name, look]) => [name, button(WIRE[name], look)]));
    const equity = box("equity", "bot", spans.equity, spans.currency);
    const row = make(
      "tr", { class: "fleet-row", "data-id": id, role: "row" },
      box("bot", null, link, mode), box("state", null, live, spans.since, spans.note),
      box("price", "market", spans.symbol, spans.price), box("trend", "market", spark.svg),
      box("position", "market", spans.position, spans.pnl), box("today", "bot", spans.today),
      equity, box("acts", null, ...Object.values(buttons)),
    );
    return { row, equity, link, mode, spans, spark, buttons };
  }

  const button = (command, look) => scripts.dom.make("button", { type: "button", class: "action " + look, "data-command": command });

  function box(name, needs, ...children) {
    return scripts.dom.make("td", { class: "cell-" + name + (needs ? " needs-" + needs : ""), role: "cell" }, ...children);
  }

  function paintRow({ row, equity, link, mode, spans, buttons }, seen) {
    const { attribute, text, tone } = scripts.dom;
    attribute(row, "data-stale", seen.stale);
    attribute(row, "data-level", seen.fresh.level);
    attribute(row, "data-state", seen.state);
    attribute(link, "aria-current", seen.isSelected ? "true" : null);
    text(link, seen.name);
    text(mode, scripts.controls.badge(seen.mode, true));
    attribute(mode, "data-mode", seen.mode || "none");
    const words = { ...seen, state: seen.stateText, since: seen.fresh.text };
    for (const name of FIGURES) text(spans[name], words[name]);
    tone(spans.pnl, seen.pnlTone);
    tone(spans.today, seen.todayTone);
    equity.classList.toggle("needs-market", seen.equityNeeds === "market");
    attribute(spans.note, "data-refusal", seen.isRefusal ? "true" : null);
    for (const name of Object.keys(COMMANDS)) paintButton(buttons[name], seen[name], seen, name !== "stop");
  }

  function paintButton(element, look, { id, name, mode }, isStart) {
    const { attribute, hide, property, text } = scripts.dom;
    text(element, look.text);
    property(element, "disabled", look.off);
    hide(element, !look.isShown);
    attribute(element, "aria-label", look.text.replace(/^\W+/, "") + " " + name);
    attribute(element, "title", look.off && look.why ? look.why : null);
    attribute(element, "data-hold", isStart && mode === "live" ? id : null);
  }

  scripts.fleet_rows = { paint };
})();
