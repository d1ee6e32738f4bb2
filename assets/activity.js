/* The activity list: log and alerts, newest first. A reader who has scrolled down stays where they are. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const FILTERS = { all: "All", alerts: "Alerts", warnings: "Warnings", errors: "Errors" };
  const PROBLEMS = { warning: "⚠ ", error: "✕ ", critical: "✕ " };
  const cell = { epoch: null, n: 0, entries: [], items: new Map(), wish: { filter: "all", search: "" } };

  /** One entry as text: {time, text, rest, level, word}; of many lines `text` is the first. `bot` is whose it is, where there are several. */
  function view(entry, bot = "") {
    const [first, ...more] = scripts.activity_log.words(entry).split("\n");
    const word = entry.level in PROBLEMS ? entry.level : "";
    const text = (bot ? bot + ": " : "") + first;
    return { time: scripts.format.time(entry.ts), text, rest: more.join("\n").trimEnd(), level: entry.level, word };
  }

  function item(entry) {
    const { make } = scripts.dom;
    const seen = view(entry, whose(entry));
    const sign = seen.word ? make("b", { class: "level" }, PROBLEMS[seen.word], make("span", { class: "sr-only" }, seen.word + ": ")) : null;
    const time = make("time", { datetime: scripts.format.iso(entry.ts), title: scripts.format.dateTime(entry.ts) }, seen.time);
    const text = make("span", null, sign, seen.text, ...(seen.rest ? folded(seen.rest) : []));
    return make("li", { "data-level": seen.level, "data-alert": entry.isAlert ? "true" : null, class: "fade-in" }, time, text);
  }

  /** The lines after the first, shown when asked for. */
  function folded(rest) {
    const { attribute, hide, make, text } = scripts.dom;
    const lines = make("pre", { hidden: "" }, rest);
    const button = make("button", { type: "button", class: "more", "aria-expanded": "false" }, "more");
    button.addEventListener("click", () => {
      hide(lines, !lines.hidden);
      text(button, lines.hidden ? "more" : "less");
      attribute(button, "aria-expanded", !lines.hidden);
    });
    return [" ", button, lines];
  }

  function build(list) {
    const tools = scripts.dom.get("activity-tools");
    const parts = {
      list, press: scripts.dom.chips(scripts.dom.get("activity-filter"), FILTERS, filter),
      reading: scripts.reading.create(list, scripts.dom.get("activity-news"), ["line", "lines"]),
    };
    scripts.search.create(tools, "Search activity", (text) => want({ search: text.trim() }));
    tools.append(...scripts.copy.button("Copy", { class: "chip", title: "Copy the lines that are shown" }, copied));
    return parts;
  }

  const panel = () => scripts.dom.part("activity-list", build);
  const whose = (entry) => scripts.page.whose(entry.bot_id);
  const isShown = (entry) => scripts.activity_log.matches(entry, cell.wish, whose(entry));
  const copied = () => cell.entries.filter(isShown).map((entry) => scripts.activity_log.line(entry, whose(entry))).join("\n");

  function paint(activity) {
    const parts = panel();
    if (!parts || !activity) return;
    if (activity.epoch !== cell.epoch) {
      parts.list.replaceChildren();
      Object.assign(cell, { epoch: activity.epoch, n: 0, entries: [], items: new Map() });
      scripts.reading.restart(parts.reading);
    }
    const fresh = activity.list.filter((entry) => entry.n > cell.n);
    if (fresh.length) take(parts, fresh);
    paintEmpty();
  }

  function take(parts, fresh) {
    cell.n = fresh[fresh.length - 1].n;
    const { entries, added, dropped } = scripts.activity_log.fold(cell.entries, fresh, scripts.deck.LIMITS.activity);
    cell.entries = entries;
    scripts.reading.insert(parts.reading, added.filter(isShown).length, () => {
      for (const entry of dropped) forget(entry);
      parts.list.prepend(...added.map(appear).reverse());
    });
  }

  function appear(entry) {
    const element = item(entry);
    scripts.dom.hide(element, !isShown(entry));
    cell.items.set(entry, element);
    return element;
  }

  function forget(entry) {
    cell.items.get(entry).remove();
    cell.items.delete(entry);
  }

  function paintEmpty() {
    const isEmpty = !cell.entries.some(isShown);
    scripts.dom.hide("activity-empty", !isEmpty);
    scripts.dom.text("activity-empty", cell.entries.length ? "No line matches." : "Nothing has been said yet.");
  }

  /** Only lines that match: {filter} or {search}. */
  function want(wish) {
    cell.wish = { ...cell.wish, ...wish };
    const parts = panel();
    for (const [entry, element] of cell.items) scripts.dom.hide(element, !isShown(entry));
    scripts.dom.attribute(parts.list, "data-filter", cell.wish.filter);
    scripts.reading.restart(parts.reading);
    parts.press(cell.wish.filter);
    paintEmpty();
  }

  const filter = (name) => want({ filter: name });

  scripts.activity = { filter, paint, view };
})();
