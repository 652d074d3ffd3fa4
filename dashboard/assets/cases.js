/* The list of cases: the address, the grid, the ticked columns and the opened case, each brought to
   the others. The address is the state; the browser remembers columns only for when it says nothing. */
(function () {
  var GRID = "case-grid", COLUMNS = "case-columns", MEMORY = "kezek-columns";
  var PATH = "/overdue", ALWAYS = "case_id", USUAL_SORT = "-lateness", WAIT = 100, TRIES = 50;
  var order = [];   /* every column, in the order of reading */
  var sortable = [];
  var asked = null; /* the case that the reader opened here: its panel gets the focus */
  var ticked = false; /* whether the reader changed the columns, and not the address */

  function here() { return window.location.pathname.replace(/\/+$/, "") === PATH; }
  function query() { return new URLSearchParams(window.location.search); }

  /* Change parts of the address; null takes one away. Only what is worth a step back is one. */
  function go(changes, step) {
    var wanted = query();
    Object.keys(changes).forEach(function (key) {
      if (changes[key] === null) wanted.delete(key);
      else wanted.set(key, changes[key]);
    });
    var text = wanted.toString().replace(/%2C/g, ","), search = text ? "?" + text : "";
    if (search === window.location.search) return;
    window.history[step ? "pushState" : "replaceState"]({}, "", window.location.pathname + search);
    window.dash_clientside.set_props("location", { search: search, href: window.location.href });
  }

  /* The grid once it stands; its component comes with a script of its own. */
  function withGrid(act, tries) {
    if (!here() || tries === 0) return;
    var stands = document.getElementById(GRID) && window.dash_ag_grid && window.dash_ag_grid.getApiAsync;
    if (stands) window.dash_ag_grid.getApiAsync(GRID).then(act);
    else setTimeout(function () { withGrid(act, (tries || TRIES) - 1); }, WAIT);
  }

  function known(columns) {
    return order.filter(function (column) { return column === ALWAYS || columns.indexOf(column) >= 0; });
  }

  /* The columns that the address asks for: all where it says nothing that is known. */
  function wantedColumns() {
    var found = known((query().get("columns") || "").split(","));
    return found.length > 1 || query().get("columns") === ALWAYS ? found : order;
  }

  /* The column that the address sorts by and which way; the usual one where it says none. */
  function wantedSort() {
    var said = query().get("sort") || "", column = said.replace(/^-/, "");
    if (sortable.indexOf(column) < 0) { said = USUAL_SORT; column = said.slice(1); }
    return { column: column, way: said === column ? "asc" : "desc" };
  }

  function inAddress(columns) { return columns.length === order.length ? null : columns.join(","); }

  function remembered() {
    try {
      var held = JSON.parse(window.localStorage.getItem(MEMORY));
      return Array.isArray(held) ? known(held) : null;
    } catch (_error) { return null; }
  }

  function keep(columns) {
    try {
      if (columns.length === order.length) window.localStorage.removeItem(MEMORY);
      else window.localStorage.setItem(MEMORY, JSON.stringify(columns));
    } catch (_error) { /* a browser that keeps nothing shows what the address says */ }
  }

  /* --- what Dash calls ----------------------------------------------------------------------- */

  function begin(view) {
    order = view.columns;
    sortable = view.sortable;
    follow();
  }

  function choose(chosen) {
    if (!here() || !ticked) return;
    ticked = false;
    var columns = known(chosen);
    keep(columns);
    go({ columns: inAddress(columns) });
  }

  function sorted(request) {
    var first = here() && request && request.sortModel && request.sortModel[0];
    if (!first) return;
    var said = (first.sort === "desc" ? "-" : "") + first.colId;
    go({ sort: said === USUAL_SORT ? null : said });
  }

  function follow() {
    if (!here() || !order.length) return;
    var columns = wantedColumns(), held = remembered();
    if (held && !query().has("columns")) { go({ columns: inAddress(held) }); return; }
    window.dash_clientside.set_props(COLUMNS, { value: columns });
    withGrid(function (api) {
      var sort = wantedSort();
      var state = api.getColumnState().map(function (one) {
        var way = one.colId === sort.column ? sort.way : null;
        return { colId: one.colId, hide: columns.indexOf(one.colId) < 0, sort: way };
      });
      api.applyColumnState({ state: state });
      watch();
    });
  }

  /* The row of the opened case says so, also where the grid draws it anew or for another case. */
  function mark() {
    var number = query().get("case");
    document.querySelectorAll(".kz-list .ag-row[row-id]").forEach(function (row) {
      if (row.getAttribute("row-id") !== number) row.removeAttribute("aria-current");
      else if (!row.hasAttribute("aria-current")) row.setAttribute("aria-current", "true");
    });
  }

  var watcher = new MutationObserver(mark);

  function watch() {
    var grid = document.getElementById(GRID);
    watcher.disconnect();
    if (grid) watcher.observe(grid, { childList: true, subtree: true, attributeFilter: ["row-id"] });
    mark();
  }

  function opened(number) {
    if (!number || number !== asked) return;
    asked = null;
    window.requestAnimationFrame(function () {
      var heading = document.getElementById("case-heading");
      if (heading) heading.focus();
    });
  }

  function saved(data) {
    if (!data) return;
    withGrid(function (api) { api.refreshInfiniteCache(); });
    backTo(data.case);
  }

  /* --- what the reader does ------------------------------------------------------------------- */

  /* The focus to a case's row, or where it is gone to the list. */
  function backTo(number) {
    if (!document.getElementById(GRID)) { document.getElementById("main").focus(); return; }
    withGrid(function (api) {
      var node = api.getRowNode(number), row = node && node.rowIndex !== null ? node.rowIndex : 0;
      if (!api.getDisplayedRowCount()) return;
      api.ensureIndexVisible(row);
      api.setFocusedCell(row, ALWAYS);
    });
  }

  function open(row) {
    withGrid(function (api) {
      var number = row.getAttribute("row-id"), node = api.getRowNode(number);
      if (!node || !node.data) return;
      asked = number;
      if (query().get("case") === number) opened(number);
      else go({ case: number }, true);
    });
  }

  function close() {
    var number = query().get("case");
    go({ case: null }, true);
    backTo(number);
  }

  /* Where the clipboard is closed to pages (plain http), a field that is selected will do. */
  function copy(button) {
    var said = button.parentNode.querySelector(".kz-copied"), link = window.location.href;
    function tell(done) { said.textContent = done ? button.dataset.copied : button.dataset.failed + ": " + link; }
    function byField() {
      var field = document.createElement("textarea"), done = false;
      field.value = link;
      field.className = "visually-hidden";
      document.body.appendChild(field);
      field.select();
      try { done = document.execCommand("copy"); } catch (_error) { done = false; }
      field.remove();
      button.focus();
      tell(done);
    }
    said.textContent = "";
    if (!navigator.clipboard) byField();
    else navigator.clipboard.writeText(link).then(function () { tell(true); }, byField);
  }

  document.addEventListener("click", function (event) {
    var target = event.target, row = target.closest(".kz-list .ag-row");
    if (row && !String(window.getSelection())) open(row);
    else if (target.closest("#case-close")) close();
    else if (target.closest(".kz-copy")) copy(target.closest(".kz-copy"));
    else if (target.closest("#case-columns")) ticked = true;
    else if (target.closest("#case-columns-reset")) { keep(order); go({ columns: null }); }
  }, true); /* before Dash hears of a tick */
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.closest(".kz-list .ag-cell")) open(event.target.closest(".ag-row"));
    else if (event.key === "Escape" && event.target.closest("#case-panel")) close();
  });

  /* Dash asks for an answer, which is always that nothing changed. */
  function told(act) {
    return function (value) { act(value); return window.dash_clientside.no_update; };
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cases: {
      begin: told(begin), choose: told(choose), sorted: told(sorted),
      follow: told(follow), opened: told(opened), saved: told(saved)
    }
  });
})();
