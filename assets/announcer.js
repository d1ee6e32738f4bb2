/* What is read out: trades and news politely, errors at once. Those that come close together are one sentence. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** How long a voice listens before it speaks, how long it lets a sentence stand, in ms. */
  const VOICES = {
    polite: { place: "trades-live", gather: 400, stand: 3000 },
    assertive: { place: "errors-live", gather: 150, stand: 1500 },
  };
  const cell = { polite: waiting(), assertive: waiting() };

  function waiting() {
    return { items: [], timer: null };
  }

  /** The items as one sentence a kind: "3 new trades, the last: SELL at 43,180.00, together +12.40. Bot stopped." */
  function words(items) {
    const trades = items.filter((item) => item.kind === "trade");
    const others = items.filter((item) => item.kind !== "trade").map(sentence);
    const counted = [...new Set(others)].map((text) => times(text, others.filter((one) => one === text).length));
    return [trades.length ? tradeWords(trades) : "", ...counted].filter(Boolean).join(" ");
  }

  function tradeWords(trades) {
    const { count, price } = scripts.format;
    const { trade: last, bot } = trades[trades.length - 1];
    const gains = scripts.news.earnedWords(trades.reduce((earned, item) => scripts.news.earn(earned, item.trade), {}));
    const fill = (last.side === "buy" ? "BUY" : "SELL") + " at " + price(last.price) + (bot ? " by " + bot : "");
    const head = trades.length === 1 ? "New trade: " + fill : count(trades.length) + " new trades, the last: " + fill;
    const gain = gains ? (trades.length === 1 ? ", " : ", together ") + gains : "";
    return head + gain + ".";
  }

  function sentence(item) {
    const { title, text } = scripts.toasts.card(item);
    return [title, text].filter(Boolean).map((part) => (/[.!?…]$/.test(part) ? part : part + ".")).join(" ");
  }

  const times = (text, count) => (count === 1 ? text : scripts.format.count(count) + " times: " + text);

  const isError = (item) => scripts.toasts.card(item).kind === "error";

  function say(items) {
    hear("polite", items.filter((item) => !isError(item)));
    hear("assertive", items.filter(isError));
  }

  function hear(name, items) {
    const voice = cell[name];
    voice.items.push(...items);
    if (voice.items.length && voice.timer === null) voice.timer = setTimeout(speak, VOICES[name].gather, name);
  }

  /** A sentence stands for a while and goes, so that the same one can be read out again. */
  function speak(name) {
    const voice = cell[name];
    scripts.dom.text(VOICES[name].place, words(voice.items.splice(0)));
    voice.timer = setTimeout(fallSilent, VOICES[name].stand, name);
  }

  function fallSilent(name) {
    cell[name].timer = null;
    scripts.dom.text(VOICES[name].place, "");
    hear(name, []);
  }

  scripts.announcer = { say, words };
})();
