/* The list of bots to choose from, and which one is shown: in the address, and kept in the browser. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const KEY = "bot";

  /** As many signs of a name as leave its state and its result to be read in the closed list: on a phone, elsewhere. */
  const SHORT = 10, LONG = 18;
  const NARROW = "(max-width: 479px)";

  /** What is known of each bot, as far as the list shows it; the held slice when nothing of it changed. */
  function slice(held, picture) {
    const list = picture.bots.map((bot, i) => entry(held && held.list[i], picture, bot));
    const isSame = held && held.selected === picture.selected && held.list.length === list.length && list.every((one, i) => one === held.list[i]);
    return isSame ? held : { list, selected: picture.selected };
  }

  function entry(held, picture, bot) {
    const state = scripts.deck.stateOf(picture, bot.bot_id);
    const { status, today } = scripts.deck.shown(picture, bot.bot_id);
    const unit = status && status.balances && status.balances.quote_currency;
    const isSame = held && held.bot === bot && held.state === state && held.today === today && held.unit === unit;
    return isSame ? held : { bot, bot_id: bot.bot_id, name: bot.name || bot.bot_id, connected: bot.connected, state, today, unit };
  }

  /** One option a bot: {value, text, whole}, such as "ema_cross · running · +12.40"; of a bot alone the deck says the rest. */
  function view(bots, room = LONG) {
    const isOneOfMany = bots.list.length > 1;
    return bots.list.map((bot) => {
      const told = (name) => [name, ...words(bot, isOneOfMany)].join(" · ");
      return { value: bot.bot_id, text: told(isOneOfMany ? cut(bot.name, room) : bot.name), whole: told(bot.name) };
    });
  }

  /** A name of at most so many signs. Its end stays: names of one kind differ there. */
  function cut(name, room) {
    const signs = [...name], end = Math.floor(room / 3);
    return signs.length <= room ? name : signs.slice(0, room - 1 - end).join("").trimEnd() + "…" + signs.slice(-end).join("");
  }

  function words(bot, isOneOfMany) {
    if (!bot.connected) return ["away"];
    if (!isOneOfMany) return [];
    return bot.today ? [bot.state, scripts.today.text(bot.today, bot.unit)] : [bot.state];
  }

  function paint(bots) {
    const select = scripts.dom.get("bot-select");
    if (!select || !bots) return;
    const options = view(bots, window.matchMedia(NARROW).matches ? SHORT : LONG);
    fill(select, options);
    if (bots.selected !== null && select.value !== bots.selected) select.value = bots.selected;
    const shown = options.find(({ value }) => value === select.value);
    scripts.dom.property(select, "title", shown ? shown.whole : "");
    scripts.dom.property(select, "disabled", options.length < 2);
    scripts.dom.attribute("deck", "data-bots", options.length < 2 ? null : "many");
    scripts.dom.hide(select, options.length === 0);
  }

  /** The options that stand there stay, so that a list that is open stays open; only their words change. */
  function fill(select, options) {
    options.forEach(({ value, text, whole }, i) => {
      const option = select.options[i] || select.appendChild(scripts.dom.make("option"));
      scripts.dom.property(option, "value", value);
      scripts.dom.property(option, "title", whole);
      scripts.dom.text(option, text);
    });
    while (select.options.length > options.length) select.lastElementChild.remove();
  }

  /** The bot that the address names, else the one that was chosen here before, else null. */
  const wanted = () => inAddress() || scripts.choices.recall(KEY, null);

  const inAddress = () => new URLSearchParams(window.location.search).get(KEY);

  /** The reader has chosen: the browser keeps it, and the address says it. */
  function keep(id) {
    scripts.choices.remember(KEY, id);
    const address = new URL(window.location);
    address.searchParams.set(KEY, id);
    history.replaceState(history.state, "", address);
  }

  /** A step back or forward to an address that names another bot shows that one. */
  function start() {
    window.addEventListener("popstate", () => {
      const id = inAddress();
      if (id) scripts.page.tell({ kind: "select", bot_id: id });
    });
  }

  scripts.bots = { keep, paint, slice, start, view, wanted };
})();
