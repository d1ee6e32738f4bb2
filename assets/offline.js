/* The service worker: it opens the page when the relay can't be reached. Without it everything else works. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** Browsers have it on https and on this machine only; a private window may refuse it. */
  function register() {
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).catch(() => {});
  }

  scripts.offline = { register };
})();
