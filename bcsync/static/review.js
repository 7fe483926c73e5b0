// Keys of Review: J and K move, 1 to 9 choose a candidate, L links, C creates, S skips (it asks for the reason first, and Enter
// sends it).
(function () {
  "use strict";

  function press(selector) {
    var target = document.querySelector(selector);
    if (target && !target.disabled) { target.click(); }
  }

  // Only a reason that S asked for is sent by Enter: in any other it would be a guess what is to be done.
  var skipping = false;

  document.addEventListener("focusout", function () { skipping = false; });

  document.addEventListener("keydown", function (event) {
    var at = event.target, typing = at.matches("input:not([type=radio]), select, textarea");
    if (skipping && event.key === "Enter" && at.id === "reason" && at.value.trim()) { press("button[data-key=s]"); }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var key = event.key.toLowerCase(), reason = document.getElementById("reason");
    if (key === "j") { press("a[rel=next]"); }
    else if (key === "k") { press("a[rel=prev]"); }
    else if (/^[1-9]$/.test(key)) { press("input[data-choice='" + key + "']"); }
    else if (key === "s" && reason && !reason.value) { event.preventDefault(); reason.focus(); skipping = true; }
    else if (key === "l" || key === "c" || key === "s") { press("button[data-key=" + key + "]"); }
  });
})();
