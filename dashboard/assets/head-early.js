/* Before Dash's own scripts: what they will ask for is asked while they still load, and what is
   large is fetched only by the pages that use it. */
(function () {
  var own = document.currentScript.dataset;

  /* The first page: its frame with its content, and what its callbacks depend on. Dash asks for the
     frame alone and then, in a second round, for the content. */
  function askEarly() {
    var here = encodeURIComponent(location.pathname + location.search), fetchNow = window.fetch;
    var asked = {
      "/_dash-layout": "/_dash-layout?at=" + here,
      "/_dash-dependencies": "/_dash-dependencies"
    };
    Object.keys(asked).forEach(function (name) {
      asked[name] = fetchNow(asked[name], { headers: { Accept: "application/json" } });
      asked[name].catch(function () { /* whoever takes the answer is told */ });
    });
    window.fetch = function (address) {
      var answer = asked[address];
      if (!answer) return fetchNow.apply(this, arguments);
      delete asked[address];
      if (!Object.keys(asked).length) window.fetch = fetchNow;
      return answer;
    };
  }

  function load(address) {
    return new Promise(function (done, failed) {
      var script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = function () { failed(new Error(address + " did not load")); };
      document.head.appendChild(script);
    });
  }

  /* Dash's charts take window.Plotly, or wait for what it promises. */
  function promisePlotly() {
    var promise = null;
    Object.defineProperty(window, "Plotly", {
      configurable: true,
      get: function () {
        promise = promise || load(own.plotly);
        return promise;
      },
      set: function (library) {
        Object.defineProperty(window, "Plotly", { value: library, configurable: true, writable: true });
      }
    });
  }

  /* A grid's place stays empty until its library is there, which then draws it. */
  function promiseGrid() {
    var library = null, arrived = null, stub = {};

    function fetchGrid() {
      arrived = arrived || load(own.grid).then(function () {
        library = Object.assign({}, window.dash_ag_grid);
        /* The same component before and after: nothing is drawn twice. */
        window.dash_ag_grid = Object.assign(stub, library, { AgGrid: stub.AgGrid });
      });
      return arrived;
    }

    stub.AgGrid = function (props) {
      var state = window.React.useState(Boolean(library));
      window.React.useEffect(function () {
        if (!library) fetchGrid().then(function () { state[1](true); });
      }, []);
      return library ? window.React.createElement(library.AgGrid, props) : null;
    };
    stub.AgGrid.dashRenderType = true;
    window.dash_ag_grid = stub;
  }

  askEarly();
  promisePlotly();
  promiseGrid();
  if ("charts" in own) void window.Plotly;
})();
