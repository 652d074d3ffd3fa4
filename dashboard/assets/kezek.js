/* What the browser does by itself: the window's title, the focus after a walk, the filter between
   reader and address, open chips, passwords that are shown. */
(function () {
  var path = window.location.pathname;
  var bar = null;              // the filter's controls as they were brought or chosen last: key -> value
  var chosen = {}, at = null;  // what was chosen in them at an address that does not say it yet

  function arrive(title) {
    if (!title) return window.dash_clientside.no_update;
    document.title = title;
    if (path !== window.location.pathname) {
      var main = document.getElementById("main");
      if (main) main.focus({ preventScroll: true });
    }
    path = window.location.pathname;
    return window.dash_clientside.no_update;
  }

  /* The filter's controls as they stand: key -> value. */
  function shown(controls) {
    var found = {};
    controls.forEach(function (one) { found[one.id.key] = one.value === undefined ? null : one.value; });
    return found;
  }

  function same(one, other) { return JSON.stringify(one) === JSON.stringify(other); }

  /* Bring the filter that stands to what the address says. */
  function follow(parts) {
    var dash = window.dash_clientside, now = shown(dash.callback_context.states_list[0]);
    if (!Object.keys(now).length) return dash.no_update;
    parts.forEach(function (part) {
      var key = part[0].type === "filter" && part[0].key, props = part[1];
      if (!key || !("value" in props)) return;
      if (same(now[key], props.value)) delete props.value;
      else now[key] = props.value;
    });
    bar = now, chosen = {}; // what was chosen is in the address, or was walked back from
    parts.forEach(function (part) {
      if (Object.keys(part[1]).length) dash.set_props(part[0], part[1]);
    });
    return dash.no_update;
  }

  /* What the reader chose: not what was put there with the bar or followed the address. With all
     that waits for its answer, for Dash drops a request that a later one overtakes. */
  function choose() {
    var dash = window.dash_clientside, by = dash.callback_context, now = shown(by.inputs_list[0]), values = {};
    var keys = Object.keys(now), put = keys.length > 1 && by.triggered.length >= keys.length;
    if (!by.triggered_id || put) {
      bar = now, chosen = {};
      return dash.no_update;
    }
    keys.forEach(function (key) {
      if (bar ? key in bar && !same(bar[key], now[key]) : key === by.triggered_id.key) values[key] = now[key];
    });
    bar = now;
    if (!Object.keys(values).length) return dash.no_update;
    if (at !== window.location.search) chosen = {};
    if ("from" in values || "to" in values) delete chosen.period;
    if ("period" in values) delete chosen.from, delete chosen.to;
    at = window.location.search;
    return chosen = Object.assign({}, chosen, values);
  }

  function closeAllBut(kept) {
    document.querySelectorAll("details.kz-chip-box[open]").forEach(function (box) {
      if (box !== kept) box.open = false;
    });
  }

  function show(button, shown) {
    button.setAttribute("aria-pressed", String(shown));
    button.form.querySelectorAll("[autocomplete$=password]").forEach(function (field) {
      field.type = shown ? "text" : "password";
    });
  }

  document.querySelectorAll(".kz-show").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      show(button, button.getAttribute("aria-pressed") !== "true");
    });
    button.form.addEventListener("submit", function () { show(button, false); });
  });
  document.addEventListener("click", function (event) {
    closeAllBut(event.target.closest("details.kz-chip-box"));
  });
  document.addEventListener("focusin", function (event) {
    closeAllBut(event.target.closest("details.kz-chip-box"));
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var open = document.querySelector("details.kz-chip-box[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    kezek: { arrive: arrive, follow: follow, choose: choose },
  });
})();
