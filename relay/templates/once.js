// Takes the link's secret out of the address bar and posts it; without one, or after an error, the page says so.
(function () {
  "use strict";
  const form = document.getElementById("once");
  if (!form) return;
  const secret = window.location.hash.slice(1);
  window.history.replaceState(null, "", window.location.pathname);
  if (!secret) {
    document.getElementById("once-missing").hidden = false;
    return;
  }
  form.elements.namedItem("secret").value = secret;
  form.submit();
})();
