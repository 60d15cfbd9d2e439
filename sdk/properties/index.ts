// Every property that Envoy documents, a namespace for each group, a function for each property:
//
//   import { connection, request } from "proxy-wasm-assemblyscript-sdk/properties";
//   if (connection.mtls()) … request.header("x-user") …
//
// Each says when it has a value; where it has none the answer is null, or what the caller gave for that case. Only what
// is called costs code. A call costs over a microsecond, as much as reading all headers.
import * as connection from "./connection";
import * as destination from "./destination";
import * as filterState from "./filter-state";
import * as metadata from "./metadata";
import * as plugin from "./plugin";
import * as request from "./request";
import * as response from "./response";
import * as source from "./source";
import * as upstream from "./upstream";
import * as upstreamFilterState from "./upstream-filter-state";
import * as xds from "./xds";

export {
  connection,
  destination,
  filterState,
  metadata,
  plugin,
  request,
  response,
  source,
  upstream,
  upstreamFilterState,
  xds,
};
export { Pairs } from "./pairs";
export { toBoolean, toDouble, toInteger } from "./values";
export { getProperty, setProperty } from "../property";
