/* Starts Dash; a file of its own, because the page carries no script within itself. */
var renderer = new DashRenderer();
