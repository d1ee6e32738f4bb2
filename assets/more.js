/* What is needed seldom, beside start and stop: resume, close the position, halt. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});
  const ITEMS = ["resume", "close", "halt"];
  const cell = { controls: null };

  function build(menu) {
    const { make } = scripts.dom;
    const items = {};
    for (const name of ITEMS) {
      const text = make("span");
      const note = make("small");
      items[name] = { text, note, button: make("button", { type: "button", class: "menu-item", "data-name": name }, text, note) };
    }
    menu.replaceChildren(...ITEMS.map((name) => items[name].button), scripts.account.item());
    return items;
  }

  /** Wired once, when the page starts. */
  function start() {
    const menu = scripts.dom.get("more-menu");
    const button = scripts.dom.get("more-button");
    scripts.dom.part("more-menu", build);
    menu.popover = "auto";
    button.popoverTargetElement = menu;
    menu.addEventListener("beforetoggle", (event) => event.newState === "open" && place(menu, button));
    window.addEventListener("resize", () => menu.matches(":popover-open") && place(menu, button));
    menu.addEventListener("toggle", (event) => onToggle(event.newState === "open", menu, button));
    menu.addEventListener("click", onClick);
    menu.addEventListener("keydown", (event) => onKey(event, menu));
  }

  /** Below its button on a desk, above it where the buttons stand at the bottom. */
  function place(menu, button) {
    const box = button.getBoundingClientRect();
    const isLow = box.top > window.innerHeight / 2;
    menu.style.right = Math.max(0, document.documentElement.clientWidth - box.right) + "px";
    menu.style.top = isLow ? "auto" : box.bottom + "px";
    menu.style.bottom = isLow ? window.innerHeight - box.top + "px" : "auto";
  }

  function onToggle(isOpen, menu, button) {
    scripts.dom.attribute(button, "aria-expanded", isOpen);
    if (isOpen) shown(menu)[0].focus();
  }

  /** Items that are off can be reached, so that they can say why, and keep the focus when a moment turns them off. */
  const shown = (menu) => [...menu.querySelectorAll(".menu-item")].filter((item) => !item.hidden);

  const STEPS = { ArrowDown: 1, ArrowUp: -1 };

  function onKey(event, menu) {
    if (event.key === "Escape") return event.stopPropagation();
    const step = STEPS[event.key];
    const items = shown(menu);
    if (!step) return;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  }

  function onClick(event) {
    const item = event.target.closest(".menu-item");
    if (!item || item.ariaDisabled === "true") return;
    close();
    ACTS[item.dataset.name](cell.controls);
  }

  function close() {
    const menu = scripts.dom.get("more-menu");
    if (menu.matches(":popover-open")) menu.hidePopover();
  }

  const ACTS = {
    resume: ({ bot }) => scripts.page.command("resume", { bot_id: bot }),
    close: askClose,
    halt: askHalt,
    account: () => scripts.account_sheet.open(),
  };

  function askClose({ bot }) {
    const name = scripts.page.whose(bot);
    scripts.confirm.ask({
      title: name ? "Close the position of " + name + "?" : "Close the position?", text: "All of it, at the market's price.", yes: "Close position",
      onYes: () => scripts.page.command("close_position", { bot_id: bot }),
    });
  }

  function askHalt({ bot, close }) {
    const isHolding = !close.off;
    scripts.confirm.ask({
      title: "Halt " + (scripts.page.whose(bot) || "the bot") + "?", text: "It opens nothing new until you resume it, not even after a restart. Stop loss and take profit stay active.",
      yes: "Halt", option: isHolding ? { label: "Also close the position now", isChosen: false } : null,
      onYes: (isChosen) => scripts.page.command("halt", { bot_id: bot, args: { flatten: isChosen } }),
    });
  }

  /** Drawn with the other buttons. */
  function paint(controls) {
    cell.controls = controls;
    const items = scripts.dom.part("more-menu", build);
    if (!items) return;
    const resume = controls.state === "halted" ? "Entries are allowed again" : "Takes the exchange's figures over";
    const notes = { resume, close: "All of it, at the market's price", halt: "No entries until you resume" };
    for (const name of ITEMS) paintItem(items[name], controls[name], notes[name]);
    scripts.dom.attribute(items.resume.button, "data-hold", controls.mode === "live" ? controls.bot : null);
    scripts.dom.attribute(items.resume.button, "data-command", "resume");
  }

  function paintItem({ button, note, text }, seen, ordinary) {
    scripts.dom.text(text, seen.text);
    scripts.dom.text(note, seen.off && seen.why ? seen.why : ordinary);
    scripts.dom.attribute(button, "aria-disabled", seen.off);
    scripts.dom.hide(button, !seen.isShown);
  }

  scripts.more = { paint, start };
})();
