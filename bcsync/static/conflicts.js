// Keys of Conflicts: J and K move between rows, 1 takes BigCommerce's value, 2 Business Central's, X ticks the row.
(function () {
  "use strict";

  var rows = Array.prototype.slice.call(document.querySelectorAll("tr[data-conflict]")), at = -1;

  function go(place) {
    if (!rows.length) { return; }
    at = Math.max(0, Math.min(rows.length - 1, place));
    rows[at].focus();
    rows[at].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("focusin", function (event) {
    var row = event.target.closest && event.target.closest("tr[data-conflict]");
    if (row) { at = rows.indexOf(row); }
  });

  document.addEventListener("keydown", function (event) {
    var typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var key = event.key.toLowerCase(), found;
    if (key === "j") { go(at + 1); }
    else if (key === "k") { go(at - 1); }
    else if (at >= 0 && key === "x") { found = rows[at].querySelector("input[data-row]"); }
    else if (at >= 0 && (key === "1" || key === "2")) { found = rows[at].querySelector("button[data-key='" + key + "']"); }
    if (found) { event.preventDefault(); found.click(); }
  });
})();
