/* The activity list: log and alerts, newest first. A reader who has scrolled down stays where they are. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const FILTERS = { all: "All", alerts: "Alerts", problems: "Problems" };
  const PROBLEMS = ["warning", "error", "critical"];
  const drawn = { epoch: null, n: 0 };

  /** One entry as text: {time, text, level, isProblem}. */
  function view(entry) {
    const text = [entry.title, entry.text].filter(Boolean).join(": ");
    const isProblem = PROBLEMS.includes(entry.level);
    return { time: scripts.format.time(entry.ts), text, level: entry.level, isProblem, word: isProblem ? entry.level : "" };
  }

  function item(entry) {
    const { make } = scripts.dom;
    const seen = view(entry);
    const word = seen.word ? make("b", { class: "level" }, seen.word === "warning" ? "⚠ " : "✕ ") : null;
    if (word) word.append(make("span", { class: "sr-only" }, seen.word + ": "));
    return make(
      "li",
      { "data-level": seen.level, "data-alert": entry.isAlert ? "true" : null, "data-problem": seen.isProblem ? "true" : null, class: "fade-in" },
      make("time", null, seen.time), make("span", null, word, seen.text),
    );
  }

  const build = (list) => ({ list, press: scripts.dom.chips(scripts.dom.get("activity-filter"), FILTERS, filter) });

  function paint(activity) {
    const parts = scripts.dom.part("activity-list", build);
    if (!parts || !activity) return;
    const { list } = parts;
    if (activity.epoch !== drawn.epoch) {
      list.replaceChildren();
      Object.assign(drawn, { epoch: activity.epoch, n: 0 });
    }
    const fresh = activity.list.filter((entry) => entry.n > drawn.n);
    if (fresh.length) prepend(list, fresh);
    scripts.dom.hide("activity-empty", activity.list.length > 0);
  }

  function prepend(list, fresh) {
    const { scrollTop, scrollHeight } = list.scrollTop > 0 ? list : { scrollTop: 0, scrollHeight: 0 };
    list.prepend(...fresh.map(item).reverse());
    drawn.n = fresh[fresh.length - 1].n;
    while (list.childElementCount > scripts.deck.LIMITS.activity) list.lastElementChild.remove();
    if (scrollTop > 0) list.scrollTop = scrollTop + list.scrollHeight - scrollHeight;
  }

  function filter(name) {
    scripts.dom.attribute("activity-list", "data-filter", name);
    scripts.dom.part("activity-list", build).press(name);
  }

  scripts.activity = { filter, paint, view };
})();
