/* Text for the clipboard, and a button that says whether it got there. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const SAY_MS = 2000;

  /** Did it get there? Browsers allow it on https and on this machine only. */
  async function text(value) {
    try {
      await navigator.clipboard.writeText(value);
      return true;
    } catch {
      return false;
    }
  }

  /** A button that copies what `value()` gives. */
  function button(name, attributes, value) {
    const element = scripts.dom.make("button", { type: "button", ...attributes }, name);
    const live = scripts.dom.make("span", { class: "sr-only", "aria-live": "polite" });
    const say = (words, spoken) => (scripts.dom.text(element, words), scripts.dom.text(live, spoken));
    element.addEventListener("click", async () => {
      const isCopied = await text(value());
      say(isCopied ? "Copied" : "Not allowed", isCopied ? "Copied." : "The browser does not allow copying here.");
      setTimeout(() => say(name, ""), SAY_MS);
    });
    return [element, live];
  }

  scripts.copy = { button, text };
})();
