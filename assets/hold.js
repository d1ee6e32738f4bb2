/* A press that must last: for what sets real money going. A button with `data-hold` (the bot's id) gives its `data-command`
   only when it is held down for a second, by pointer, Space or Enter. A click that nobody can hold, from a screen reader or
   a script, is asked about instead. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const HOLD_MS = 1000;
  const KEYS = [" ", "Enter"];
  const WHAT = { start_bot: "Start live trading", resume: "Resume live trading" };
  const cell = { button: null, bot: null, timer: null };

  function start() {
    const deck = scripts.dom.get("deck");
    deck.addEventListener("pointerdown", (event) => event.button === 0 && begin(holdable(event)));
    for (const kind of ["pointerup", "pointercancel"]) deck.addEventListener(kind, release);
    deck.addEventListener("focusout", (event) => event.target === cell.button && release());
    deck.addEventListener("pointerout", (event) => cell.button && !cell.button.contains(event.relatedTarget) && release());
    deck.addEventListener("keydown", (event) => onKey(event, () => event.repeat || begin(holdable(event))));
    deck.addEventListener("keyup", (event) => onKey(event, release));
    deck.addEventListener("contextmenu", (event) => cell.button && event.preventDefault());
    deck.addEventListener("click", onClick, true);
  }

  function holdable(event) {
    const button = event.target.closest("[data-hold]");
    return button && !isOff(button) ? button : null;
  }

  const isOff = (button) => button.disabled || button.ariaDisabled === "true";

  function onKey(event, act) {
    if (!KEYS.includes(event.key) || !holdable(event)) return;
    event.preventDefault();
    act();
  }

  /** The click that ends a press is none; one that comes alone is asked about. Neither reaches anybody else. */
  function onClick(event) {
    const button = holdable(event);
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.detail === 0) ask(button, button.dataset.hold);
  }

  function ask(button, bot) {
    const name = scripts.page.whose(bot);
    const what = WHAT[button.dataset.command];
    scripts.confirm.ask({
      title: what + (name ? " with " + name : "") + "?", text: "From now on the bot may trade with real money.", yes: what,
      onYes: () => act(button, bot),
    });
  }

  function begin(button) {
    if (!button) return;
    release();
    Object.assign(cell, { button, bot: button.dataset.hold, timer: setTimeout(complete, HOLD_MS) });
    scripts.dom.attribute(button, "data-holding", "true");
  }

  function complete() {
    const { button, bot } = cell;
    forget();
    act(button, bot);
  }

  /** Unless the button has become another bot's meanwhile, or has been turned off, which is told. */
  function act(button, bot) {
    if (button.dataset.hold !== bot) return;
    if (isOff(button)) hint(bot, "Not sent. " + button.title);
    else scripts.page.command(button.dataset.command, { bot_id: bot });
  }

  const hint = (bot, text) => scripts.page.tell({ kind: "hint", bot_id: bot, text });

  function forget() {
    clearTimeout(cell.timer);
    scripts.dom.attribute(cell.button, "data-holding", null);
    Object.assign(cell, { button: null, bot: null, timer: null });
  }

  /** Let go too soon: nothing happens, and the page says why. */
  function release() {
    if (cell.button === null) return;
    const { bot, button } = cell;
    forget();
    hint(bot, "Hold for 1 second to " + WHAT[button.dataset.command].toLowerCase() + ".");
  }

  scripts.hold = { start };
})();
