/* On paper a grid shows only what stood on the screen: a plain table of its first rows is printed. */
(function () {
  var MARK = "kz-printed";

  function cell(kind, text) {
    var made = document.createElement(kind);
    made.textContent = text === undefined || text === null ? "" : String(text);
    return made;
  }

  function row(kind, texts) {
    var made = document.createElement("tr");
    texts.forEach(function (text) { made.appendChild(cell(kind, text)); });
    return made;
  }

  /* The rows that the grid holds from its first on, in its order and with its columns. */
  function tableOf(api) {
    var columns = api.getAllDisplayedColumns(), table = document.createElement("table");
    var head = table.createTHead(), body = table.createTBody();
    table.className = "kz-table";
    head.appendChild(row("th", columns.map(function (c) { return c.getColDef().headerName; })));
    for (var i = 0, node; (node = api.getDisplayedRowAtIndex(i)) && node.data; i++) {
      var data = node.data;
      body.appendChild(row("td", columns.map(function (c) { return data[c.getColId()]; })));
    }
    return table;
  }

  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("[data-print]").forEach(function (place) {
      var grid = place.querySelector(".kz-cases");
      var api = grid && window.dash_ag_grid.getApi && window.dash_ag_grid.getApi(grid.id);
      if (!api) return;
      var printed = document.createElement("div"), table = tableOf(api);
      printed.className = MARK;
      printed.appendChild(table);
      if (table.tBodies[0].rows.length < Number(place.dataset.total)) {
        printed.insertBefore(cell("p", place.dataset.print), table);
      }
      place.appendChild(printed);
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("." + MARK).forEach(function (printed) { printed.remove(); });
  });
})();
