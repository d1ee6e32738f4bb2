/* The list of bots to choose from. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** One option a bot: {value, text}. */
  const view = (bots) =>
    bots.list.map((bot) => ({ value: bot.bot_id, text: (bot.name || bot.bot_id) + (bot.connected ? "" : " (away)") }));

  function paint(bots) {
    const select = scripts.dom.get("bot-select");
    if (!select || !bots) return;
    const options = view(bots);
    select.replaceChildren(...options.map((one) => scripts.dom.make("option", { value: one.value }, one.text)));
    if (bots.selected !== null) select.value = bots.selected;
    select.disabled = options.length < 2;
    scripts.dom.hide(select, options.length === 0);
  }

  scripts.bots = { paint, view };
})();
