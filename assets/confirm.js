/* One question before what cannot be taken back. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});
  const cell = { onYes: null };

  /** Ask {title, text, yes, option?: {label, isChosen}, onYes(isChosen)}; Esc, a click beside it and Cancel say no. */
  function ask(question) {
    const parts = scripts.dom.part("confirm", build);
    const { hide, property, text } = scripts.dom;
    cell.onYes = question.onYes;
    text(parts.title, question.title);
    text(parts.text, question.text);
    text(parts.yes, question.yes);
    hide(parts.option, !question.option);
    text(parts.label, question.option ? question.option.label : "");
    property(parts.box, "checked", Boolean(question.option && question.option.isChosen));
    if (!parts.sheet.open) parts.sheet.showModal();
    parts.yes.focus();
  }

  function build(sheet) {
    const { make } = scripts.dom;
    const title = make("h2", { id: "confirm-title" });
    const text = make("p", { id: "confirm-text", class: "confirm-text" });
    const box = make("input", { type: "checkbox", id: "confirm-option" });
    const label = make("span");
    const option = make("label", { class: "confirm-option" }, box, label);
    const cancel = make("button", { type: "button", class: "action ghost" }, "Cancel");
    const yes = make("button", { type: "button", class: "action stop", id: "confirm-yes" });
    sheet.replaceChildren(title, text, option, make("div", { class: "confirm-buttons" }, cancel, yes));
    cancel.addEventListener("click", () => sheet.close());
    yes.addEventListener("click", agree);
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    return { sheet, title, text, box, label, option, yes };
  }

  function agree() {
    const { sheet, box } = scripts.dom.part("confirm", build);
    sheet.close();
    cell.onYes(box.checked);
  }

  scripts.confirm = { ask };
})();
