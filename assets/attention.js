/* What calls for attention: a tone, and a desktop notification while nobody looks; once, however many tabs are open. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const cell = { called: 0 };

  async function paint(news, tape) {
    const fresh = news ? news.calls.items.filter((item) => item.n > cell.called) : [];
    if (!fresh.length) return;
    cell.called = news.calls.count;
    const isHeard = scripts.choices.get("sound") === "off" || scripts.sound.isAble();
    callOut(await scripts.tabs.claim(tape, fresh, isHeard));
  }

  function callOut(items) {
    for (const tone of tones(items)) scripts.sound.play(tone);
    if (document.hidden) for (const item of scripts.news.summary(items)) scripts.notifications.show(item);
  }

  /** One tone for all that came together: that of the newest trade, and that of an error. */
  function tones(items) {
    const sides = items.map((item) => (item.kind === "trade" ? item.trade.side : item.side)).filter(Boolean);
    const isError = items.some((item) => scripts.toasts.card(item).kind === "error");
    return [...sides.slice(-1), ...(isError ? ["error"] : [])];
  }

  scripts.attention = { paint, tones };
})();
