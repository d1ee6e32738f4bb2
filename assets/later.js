/* What the page needs only after the first price: the chart's library, a hundred times the size of what shows the price, and
   then the service worker. Their script elements stand in the document with `data-later` in place of `src`. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PATIENCE_MS = 3000;
  const FIRST_WAIT_MS = 1000;
  const LONGEST_WAIT_MS = 30000;
  /** By then the chart is drawn, on a slow phone too. */
  const WORKER_WAIT_MS = 3000;
  const cell = { isAsked: false, arrived: null };

  /** At once: dcc takes what is in window.Plotly, a promise too, where it would otherwise load the library as soon as it draws. */
  const waiting = document.querySelectorAll("script[data-later]");
  if (waiting.length && !window.Plotly) {
    window.Plotly = new Promise((resolve) => (cell.arrived = resolve));
    setTimeout(load, PATIENCE_MS);
  }

  /** Bring everything, once: the first price is there, or does not come. */
  function load() {
    if (cell.isAsked) return;
    cell.isAsked = true;
    for (const sheet of document.styleSheets) if (isCostly(sheet)) sheet.disabled = true;
    requestAnimationFrame(() => setTimeout(bringAll));
  }

  /** dcc brings the style of its inputs, of which there are none here. Each `:has()` in it is asked of every row of trades again
      with each price. */
  function isCostly(sheet) {
    const isOfDash = (rule) => rule.selectorText && rule.selectorText.startsWith(".dash-") && rule.selectorText.includes(":has(");
    return !sheet.href && Array.from(sheet.cssRules).some(isOfDash);
  }

  async function bringAll() {
    await Promise.all(Array.from(waiting, bring));
    if (cell.arrived) cell.arrived();
    setTimeout(scripts.offline.register, WORKER_WAIT_MS);
  }

  /** Loaded ahead until it is there, then run: a script element itself asks only once, and dcc has its hands on it. */
  async function bring(element) {
    const url = element.dataset.later;
    for (let wait = FIRST_WAIT_MS; !(await isHere(url)); wait = Math.min(2 * wait, LONGEST_WAIT_MS)) await pause(wait);
    const run = settled(element, "load");
    element.src = url;
    await run;
  }

  async function isHere(url) {
    const link = scripts.dom.make("link", { rel: "preload", as: "script", href: url, fetchpriority: "low" });
    const came = Promise.race([settled(link, "load"), settled(link, "error")]);
    document.head.append(link);
    const isLoaded = (await came) === "load";
    link.remove();
    return isLoaded;
  }

  const settled = (element, name) => new Promise((resolve) => element.addEventListener(name, () => resolve(name), { once: true }));
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  scripts.later = { load };
})();
