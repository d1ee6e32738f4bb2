/* The prices that a backtest is run over: a file of the list, one that is uploaded, or an exchange's history. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const DAY_MS = 86400000;

  /** A day in UTC as `2018-01-31`. */
  const day = (ts) => (ts == null ? "" : new Date(ts).toISOString().slice(0, 10));

  /** A file in words: "ETH/BTC, 5m, 2018-01-10 to 2018-01-30". */
  function words(file) {
    const about = [file.symbol || file.name, file.timeframe].filter(Boolean).join(", ");
    return file.from_ts == null ? file.name : about + ", " + day(file.from_ts) + " to " + day(file.to_ts);
  }

  /** The files with one name for each: where two are alike in words, their names tell them apart. */
  function options(files) {
    const texts = files.map(words);
    return files.map((file, i) => {
      const isAlone = texts.indexOf(texts[i]) === texts.lastIndexOf(texts[i]);
      return { value: file.name, text: isAlone ? texts[i] : texts[i] + " (" + file.name + ")" };
    });
  }

  /** What a download asks for when the form is first shown: the bot's own market, the last 90 days. */
  function proposal(status, now) {
    const isReal = status && status.exchange && !["simulated", "replay"].includes(status.exchange);
    return {
      exchange: isReal ? status.exchange : "binance",
      symbol: (status && status.symbol) || "BTC/USDT",
      timeframe: "1h",
      from: day(now - 90 * DAY_MS),
      to: "",
    };
  }

  /** Why a file may not be sent, in a sentence; null when it may. */
  function refusal(file, largest) {
    if (file.size > largest) return "The file is larger than " + Math.floor(largest / 1e6) + " MB: cut it, or join its candles to longer ones.";
    return file.size === 0 ? "The file is empty: choose a CSV of candles." : null;
  }

  const cell = { files: [], largest: 0, chosen: null };

  /** The part of the form: {element, file(), span(), load(), choose(name)}. */
  function build(view) {
    const { make } = scripts.dom;
    const { labelled } = scripts.backtest_form;
    const select = make("select", { id: "backtest-file", name: "file" });
    const empty = make("p", { class: "field-about", id: "backtest-no-file" }, "No prices are here yet: upload a CSV of candles, or download an exchange's history.");
    const input = make("input", { id: "backtest-upload", type: "file", accept: ".csv,text/csv", class: "sr-only" });
    const upload = make("label", { class: "action ghost", for: "backtest-upload" }, "Upload CSV");
    const from = make("input", { id: "backtest-from", type: "date" });
    const to = make("input", { id: "backtest-to", type: "date" });
    const download = buildDownload(view);
    const dates = make("div", { class: "field-pair" }, labelled("From", from), labelled("Up to (not included)", to));
    input.addEventListener("change", () => send(input, view));
    select.addEventListener("change", () => choose(select.value));
    const parts = { select, empty, from, to, field: labelled("Prices", select) };
    cell.parts = parts;
    return make("fieldset", { class: "fields" }, make("legend", null, "Prices"), parts.field, empty, make("div", { class: "choices" }, input, upload, download.opener), download.element, dates);
  }

  function buildDownload(view) {
    const { make } = scripts.dom;
    const { labelled } = scripts.backtest_form;
    const opener = make("button", { type: "button", class: "action ghost", "aria-expanded": "false", "aria-controls": "backtest-download" }, "Download history");
    const given = proposal(scripts.backtest.live().status, Date.now());
    const inputs = {
      exchange: make("input", { id: "backtest-exchange", type: "text", value: given.exchange, autocapitalize: "off", autocomplete: "off" }),
      symbol: make("input", { id: "backtest-symbol", type: "text", value: given.symbol, autocomplete: "off" }),
      timeframe: make("input", { id: "backtest-timeframe", type: "text", value: given.timeframe, autocomplete: "off" }),
      from: make("input", { id: "backtest-download-from", type: "date", value: given.from }),
      to: make("input", { id: "backtest-download-to", type: "date", value: given.to }),
    };
    const go = make("button", { type: "button", class: "action" }, "Start download");
    const element = make("div", { id: "backtest-download", class: "fields sub-form", hidden: "" },
      labelled("Exchange", inputs.exchange, "A ccxt id such as binance, kraken or okx. No keys are needed."),
      make("div", { class: "field-pair" }, labelled("Market", inputs.symbol), labelled("Candles of", inputs.timeframe)),
      make("div", { class: "field-pair" }, labelled("From", inputs.from), labelled("Up to (empty: now)", inputs.to)), go);
    opener.addEventListener("click", () => toggle(opener, element));
    go.addEventListener("click", () => view.submit(() => scripts.backtest_api.download(asked(inputs)), "Download queued."));
    return { opener, element };
  }

  function toggle(opener, element) {
    scripts.dom.hide(element, !element.hidden);
    scripts.dom.attribute(opener, "aria-expanded", String(!element.hidden));
  }

  function asked(inputs) {
    const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]));
    return Object.fromEntries(Object.entries({ ...values, symbol: values.symbol.toUpperCase() }).filter(([, value]) => value));
  }

  async function send(input, view) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const why = refusal(file, cell.largest);
    if (why) return void view.say(why, true);
    view.say("Sending and checking " + file.name + "…");
    try {
      const kept = await scripts.backtest_api.upload(file);
      await load(kept.name);
      view.say("Kept as " + kept.name + ".");
    } catch (error) {
      view.say(error.message, true);
    }
  }

  /** Ask for the list anew; `name` is chosen when it is in it. */
  async function load(name) {
    const told = await scripts.backtest_api.files();
    Object.assign(cell, { files: told.files, largest: told.largest_bytes });
    const { make, hide } = scripts.dom;
    const { select, empty, field } = cell.parts;
    select.replaceChildren(...options(cell.files).map(({ value, text }) => make("option", { value }, text)));
    hide(field, !cell.files.length);
    hide(empty, cell.files.length > 0);
    if (cell.files.length) choose(cell.files.some((file) => file.name === name) ? name : cell.chosen && cell.files.some((file) => file.name === cell.chosen) ? cell.chosen : cell.files[0].name);
  }

  /** The days that can be chosen are those of the file. */
  function choose(name) {
    const { select, from, to } = cell.parts;
    cell.chosen = select.value = name;
    const file = cell.files.find((one) => one.name === name);
    for (const input of [from, to]) {
      scripts.dom.attribute(input, "min", day(file && file.from_ts) || null);
      scripts.dom.attribute(input, "max", file && file.to_ts != null ? day(file.to_ts + DAY_MS) : null);
    }
  }

  const file = () => cell.chosen;
  const span = () => ({ from: cell.parts.from.value, to: cell.parts.to.value });

  scripts.backtest_data = { build, choose, day, file, load, options, proposal, refusal, span, words };
})();
