/* The form of a strategy's parameters, made from what the strategy itself says it takes. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const UNITS = { pct: "%", ms: "ms" };

  /** `stop_loss_pct` in words: "Stop loss, %". */
  function words(name) {
    const parts = name.split("_");
    const unit = UNITS[parts[parts.length - 1]];
    const text = (unit ? parts.slice(0, -1) : parts).join(" ");
    return text.charAt(0).toUpperCase() + text.slice(1) + (unit ? ", " + unit : "");
  }

  const plain = (value) => scripts.format.amount(value);

  /** What a field takes, in words: "1 to 1,000", "above 0 to 100; empty for off". */
  function range(field) {
    const low = field.minimum != null ? plain(field.minimum) : field.above != null ? "above " + plain(field.above) : "";
    const high = field.maximum != null ? plain(field.maximum) : field.below != null ? "below " + plain(field.below) : "";
    const span = low && high ? low + " to " + high : low && field.minimum != null ? "from " + low : low || (high && "up to " + high);
    return [span, field.optional ? "empty for off" : ""].filter(Boolean).join("; ");
  }

  /** What a field means and takes, in sentences. */
  function meaning(field) {
    const text = field.description.replace(/`/g, "").replace(/; null for never/, "").trim();
    const takes = range(field);
    return [text, takes && "Takes " + takes + "."].filter(Boolean).join(" ");
  }

  const isNumber = (field) => field.kind === "whole" || field.kind === "decimal";

  /** {value} as the strategy takes it, or {error}: why not, in a sentence. `raw` is what stands in the form. */
  function read(field, raw) {
    if (field.kind === "switch") return { value: Boolean(raw) };
    const text = String(raw == null ? "" : raw).trim();
    if (text === "") return empty(field);
    if (field.kind === "choice") return { value: text };
    if (isNumber(field)) return readNumber(field, text);
    return { value: text };
  }

  function empty(field) {
    if (field.optional) return { value: null };
    if (field.kind === "text" && !field.required) return { value: "" };
    return { error: words(field.name) + ": give a value" + (range(field) ? ", " + range(field) : "") + "." };
  }

  function readNumber(field, text) {
    const number = Number(text);
    const isShaped = field.kind === "whole" ? /^[+-]?\d+$/.test(text) : /^[+-]?\d*\.?\d+$/.test(text);
    if (!isShaped || !isInside(field, number)) {
      const takes = field.kind === "whole" ? "a whole number" : "a number";
      return { error: words(field.name) + ": takes " + takes + ", " + range(field) + "." };
    }
    return { value: field.kind === "whole" ? number : text };
  }

  function isInside(field, number) {
    if (field.minimum != null && number < field.minimum) return false;
    if (field.maximum != null && number > field.maximum) return false;
    if (field.above != null && number <= field.above) return false;
    return !(field.below != null && number >= field.below);
  }

  /** {params} when all is well, else {errors: {name: sentence}}. */
  function readAll(fields, raws) {
    const params = {};
    const errors = {};
    for (const field of fields) {
      const { value, error } = read(field, raws[field.name]);
      if (error) errors[field.name] = error;
      else params[field.name] = value;
    }
    return Object.keys(errors).length ? { errors } : { params };
  }

  /** What a field shows at first: the given parameter, else its default. */
  const initial = (field, params) => (params && field.name in params ? params[field.name] : field.default);

  function control(field, value) {
    const { make } = scripts.dom;
    const id = "backtest-param-" + field.name;
    const described = { id, name: field.name, "aria-describedby": id + "-about " + id + "-error" };
    if (field.kind === "choice") {
      const options = field.choices.map((choice) => make("option", { value: choice, selected: choice === value ? "" : null }, choice));
      return make("select", { ...described, class: "field-input" }, ...options);
    }
    if (field.kind === "switch") return make("input", { ...described, type: "checkbox", checked: value ? "" : null });
    const shown = value == null ? "" : String(value);
    const mode = field.kind === "whole" ? "numeric" : field.kind === "decimal" ? "decimal" : null;
    const off = field.optional ? "off" : null;
    return make("input", { ...described, class: "field-input", type: "text", inputmode: mode, autocomplete: "off", placeholder: off, value: shown });
  }

  /** One parameter: {element, raw(), say(error)}. */
  function build(field, value) {
    const { make } = scripts.dom;
    const input = control(field, value);
    const error = make("p", { class: "field-error", id: input.id + "-error", hidden: "" });
    const about = make("p", { class: "field-about", id: input.id + "-about" }, meaning(field));
    const label = make("label", { class: "field-name", for: input.id }, words(field.name));
    return {
      element: make("div", { class: "field", "data-kind": field.kind }, label, input, error, about),
      raw: () => (field.kind === "switch" ? input.checked : input.value),
      say: (text) => say(input, error, text),
      focus: () => input.focus(),
    };
  }

  function say(input, error, text) {
    scripts.dom.text(error, text || "");
    scripts.dom.hide(error, !text);
    scripts.dom.attribute(input, "aria-invalid", text ? "true" : null);
  }

  /** A labelled control that is not a parameter. */
  function labelled(text, input, about) {
    const { make } = scripts.dom;
    const note = about ? make("p", { class: "field-about", id: input.id + "-about" }, about) : null;
    if (note) input.setAttribute("aria-describedby", note.id);
    input.classList.add("field-input");
    return make("div", { class: "field" }, make("label", { class: "field-name", for: input.id }, text), input, note);
  }

  scripts.backtest_form = { build, initial, isInside, labelled, meaning, range, read, readAll, words };
})();
