/* The password once more: the relay asks for it before real money is set going, where it was given a while ago. What was
   decided is then sent again, once; who cancels has decided nothing. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const WORDS = "This bot trades real money, and your password was given a while ago. What you asked for is done once you confirm it.";
  const cell = { acts: [], isAsking: false };

  /** `act` is the command that was refused: {command, bot_id, args}. */
  function ask(act) {
    const parts = scripts.dom.part("proof", build);
    cell.acts.push(act);
    scripts.dom.text(parts.text, WORDS);
    scripts.dom.text(parts.yes, [...new Set(cell.acts.map((one) => scripts.deck.nameOf(one.command)))].join(" and "));
    if (parts.sheet.open) return;
    clear(parts);
    parts.sheet.showModal();
    parts.password.focus();
  }

  function build(sheet) {
    const { make } = scripts.dom;
    const parts = {
      sheet, text: make("p", { id: "proof-text", class: "confirm-text" }), error: make("p", { class: "field-error", id: "proof-error", role: "alert" }),
      password: make("input", { id: "proof-password", type: "password", autocomplete: "current-password", required: "", "aria-describedby": "proof-error" }),
      code: make("input", { id: "proof-code", type: "text", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 8 }),
      yes: make("button", { type: "submit", class: "action start", id: "proof-yes" }),
    };
    const cancel = make("button", { type: "button", class: "action ghost" }, "Cancel");
    const form = make("form", { class: "proof-form" }, field("Password", parts.password), field("Code of your authenticator, where one is set up", parts.code),
      parts.error, make("div", { class: "confirm-buttons" }, cancel, parts.yes));
    sheet.replaceChildren(make("h2", { id: "proof-title" }, "Your password, please"), parts.text, form);
    form.addEventListener("submit", (event) => (event.preventDefault(), prove(parts)));
    cancel.addEventListener("click", () => sheet.close());
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    sheet.addEventListener("close", () => forget(parts));
    return parts;
  }

  const field = (name, input) => scripts.dom.make("label", { class: "proof-field", for: input.id }, scripts.dom.make("span", null, name), input);

  function clear({ code, error, password }) {
    password.value = code.value = "";
    scripts.dom.text(error, "");
  }

  /** Closed, by whatever hand: nothing more is sent. */
  function forget(parts) {
    cell.acts = [];
    clear(parts);
  }

  async function prove(parts) {
    if (cell.isAsking) return;
    cell.isAsking = true;
    const given = { password: parts.password.value, ...(parts.code.value.trim() ? { totp: parts.code.value.trim() } : {}) };
    const asked = cell.acts;
    const { ok, error } = await scripts.ask.json("/api/v1/proof", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) });
    cell.isAsking = false;
    if (cell.acts !== asked) return;
    if (ok) return send(parts);
    clear(parts);
    scripts.dom.text(parts.error, error);
    parts.password.focus();
  }

  /** Each decision once more, under an id of its own. */
  function send(parts) {
    const acts = cell.acts.splice(0);
    parts.sheet.close();
    for (const { args, bot_id, command } of acts) scripts.page.command(command, { bot_id, args, isAgain: true });
  }

  function close() {
    const sheet = scripts.dom.get("proof");
    if (sheet && sheet.open) sheet.close();
  }

  scripts.account_proof = { ask, close };
})();
