// Keys of Review: J and K move, 1 to 9 choose a candidate, L links, C creates, S skips (it asks for the reason first).
(function () {
  "use strict";

  function press(selector) {
    var target = document.querySelector(selector);
    if (target && !target.disabled) { target.click(); }
  }

  document.addEventListener("keydown", function (event) {
    var at = event.target, typing = at.matches("input:not([type=radio]), select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var key = event.key.toLowerCase(), reason = document.getElementById("reason");
    if (key === "j") { press("a[rel=next]"); }
    else if (key === "k") { press("a[rel=prev]"); }
    else if (/^[1-9]$/.test(key)) { press("input[data-choice='" + key + "']"); }
    else if (key === "s" && reason && !reason.value) { event.preventDefault(); reason.focus(); }
    else if (key === "l" || key === "c" || key === "s") { press("button[data-key=" + key + "]"); }
  });
})();
