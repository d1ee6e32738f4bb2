/* A trade's reason taken apart: the values that it names, and its figures. Pure. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const FIGURE = String.raw`([-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?: ?%)?)`;
  const pattern = (text) => new RegExp(text.replace("FIGURE", FIGURE), "g");
  const capital = (text) => text[0].toUpperCase() + text.slice(1);

  /** How a strategy or a limit names a value, and how the match gives [name, figure]. */
  const FORMS = [
    [pattern(String.raw`([A-Z][A-Za-z]*(?: \d+)?) \(FIGURE\)`), (match) => [match[1], match[2]]], // EMA 9 (43,250.10)
    [pattern(String.raw`\b(price|close) FIGURE`), (match) => [capital(match[1]), match[2]]],
    [pattern(String.raw`\bthe (stop|target|entry) at FIGURE`), (match) => [capital(match[1]), match[2]]],
    [pattern(String.raw`\b(?:above|below) FIGURE, the ([a-z][^,;.]*)`), (match) => [capital(match[2]), match[1]]],
  ];

  /** [[name, figure]] in the order in which the reason names them. */
  function values(text) {
    const found = FORMS.flatMap(([form, pair]) => [...text.matchAll(form)].map((match) => ({ at: match.index, pair: pair(match) })));
    return found.sort((one, other) => one.at - other.at).map((one) => one.pair);
  }

  scripts.reason = { values };
})();
