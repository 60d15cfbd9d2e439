// The route that the proxy has chosen for a request.
import { lastStatus } from "../abi/answer";
import { Status } from "../abi/numbers";
import { callForeignFunction } from "./call";

/**
 * Has the proxy choose the route anew, by the headers as they are now. Under ABI 0.2.1 Envoy does so by itself when a
 * filter changes a request header; call this where something else decides on the route, such as filter state or
 * metadata. In the callbacks of a request, before it goes upstream.
 */
export function clearRouteCache(): Status {
  callForeignFunction("clear_route_cache", "");
  return lastStatus();
}
