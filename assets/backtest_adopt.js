/* "Use these parameters": old and new values side by side, what happens to an open position, and only then the question. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const text = (value) => (value === null ? "off" : value === undefined ? scripts.format.NONE : String(value));

  /** Rows {name, before, after, isChanged}: the strategy first, then every parameter of either. */
  function changes(before, after) {
    const names = [...new Set([...Object.keys(after.params), ...Object.keys(before.params)])];
    const one = (name, was, is) => ({ name, before: was, after: is, isChanged: was !== is });
    return [
      one("Strategy", before.strategy, after.strategy),
      ...names.map((name) => one(scripts.backtest_form.words(name), text(before.params[name]), text(after.params[name]))),
    ];
  }

  const LASTING = "It holds after a restart, until TAPEDECK_STRATEGY or TAPEDECK_STRATEGY_PARAMS is set to something else.";

  /** What a person must know before, in sentences; what becomes of the position is the bot's own word. */
  const consequences = (mode, position) => [...(mode === "live" ? ["This bot trades real money."] : []), position, LASTING];

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const cell = { result: null };

  const ask = (command) =>
    scripts.backtest_api.command({
      command, bot_id: scripts.backtest.live().bot, id: newId(), args: { strategy: cell.result.strategy, params: cell.result.params },
    });

  function build() {
    const { make } = scripts.dom;
    const close = make("button", { type: "button", class: "switch icon-close", "aria-label": "Close" });
    const sheet = make("dialog", { id: "backtest-adopt", class: "sheet", "aria-labelledby": "backtest-adopt-title" });
    const parts = { sheet, body: make("div"), note: make("p", { class: "backtest-note", role: "status" }) };
    parts.sure = make("input", { type: "checkbox", id: "backtest-sure" });
    parts.sureLine = make("label", { class: "backtest-sure", for: "backtest-sure" }, parts.sure, " I know that this changes a bot with real money");
    parts.go = make("button", { type: "button", class: "action start", id: "backtest-adopt-go" }, "Change the bot");
    const copy = make("button", { type: "button", class: "action ghost" }, "Copy as settings");
    const head = make("div", { class: "sheet-head" }, make("h2", { id: "backtest-adopt-title" }, "Use these parameters?"), close);
    sheet.append(head, parts.body, parts.sureLine, parts.note, make("div", { class: "choices" }, parts.go, copy));
    close.addEventListener("click", () => sheet.close());
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    parts.sure.addEventListener("change", () => allow(parts));
    parts.go.addEventListener("click", () => change(parts));
    copy.addEventListener("click", () => copySettings(parts));
    scripts.dom.get("backtest-view").append(sheet);
    return parts;
  }

  function say(parts, words, isError) {
    scripts.dom.text(parts.note, words);
    scripts.dom.attribute(parts.note, "data-refusal", isError ? "true" : null);
  }

  const allow = (parts) => scripts.dom.property(parts.go, "disabled", !parts.isPossible || (!parts.sureLine.hidden && !parts.sure.checked));

  /** Ask the bot whether it would, and show what would change; nothing has changed yet. */
  async function open(result) {
    cell.result = result;
    cell.parts = cell.parts || build();
    const { parts } = cell;
    parts.isPossible = parts.sure.checked = false;
    scripts.dom.hide(parts.sureLine, mode() !== "live");
    allow(parts);
    parts.body.replaceChildren();
    say(parts, "Asking the bot…");
    parts.sheet.showModal();
    try {
      const { data } = await ask("check_strategy");
      const rows = changes(data.before, data.after);
      parts.isPossible = rows.some((one) => one.isChanged);
      parts.body.replaceChildren(table(rows), ...(parts.isPossible ? told(data) : []));
      say(parts, parts.isPossible ? "" : "The bot trades by these already.");
    } catch (error) {
      say(parts, error.message + " The settings can be copied instead.", true);
    }
    allow(parts);
  }

  const mode = () => (scripts.backtest.live().status || {}).mode;
  const told = (data) => consequences(mode(), data.position).map((words) => scripts.dom.make("p", { class: "backtest-told" }, words));

  function table(rows) {
    const { make } = scripts.dom;
    const row = (one) => make("tr", { "data-changed": one.isChanged ? "true" : null }, make("th", { scope: "row" }, one.name), make("td", { class: "figure" }, one.before), make("td", { class: "figure" }, one.after));
    const head = make("thead", null, make("tr", null, make("td"), make("th", { scope: "col", class: "figure" }, "Now"), make("th", { scope: "col", class: "figure" }, "Then")));
    return make("table", { class: "figures" }, make("caption", { class: "sr-only" }, "What changes"), head, make("tbody", null, ...rows.map(row)));
  }

  async function change(parts) {
    parts.isPossible = false;
    allow(parts);
    say(parts, "Changing…");
    try {
      await ask("set_strategy");
      parts.sheet.close();
      scripts.backtest_view.say("The bot trades " + cell.result.strategy + " with these parameters now.");
    } catch (error) {
      say(parts, error.message, true);
    }
  }

  async function copySettings(parts) {
    const lines = scripts.backtest_result.settings(cell.result);
    try {
      await navigator.clipboard.writeText(lines);
      say(parts, "Copied: two lines for .env; they hold from the bot's next start.");
    } catch {
      parts.body.append(scripts.dom.make("pre", { class: "backtest-lines", tabindex: 0 }, lines));
      say(parts, "Copy these two lines into .env; they hold from the bot's next start.");
    }
  }

  scripts.backtest_adopt = { changes, consequences, open };
})();
