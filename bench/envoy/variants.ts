// What is measured in Envoy. A variant is one entry here: its filters, what they must do, and its goal.
import type { LoadRequest } from "../load/load.ts";
import type { ModuleName } from "../modules.ts";
import type { FilterParts } from "./listener.ts";

export interface Variant {
  readonly name: string;
  /** What it is, for the line under the table. */
  readonly about: string;
  /** Its modules: names out of modules.ts, or paths ending in `.wasm`. */
  readonly wasm?: readonly (ModuleName | `${string}.wasm`)[];
  /** Its HTTP filters ahead of the router, in Envoy's terms. */
  readonly filters: (parts: FilterParts) => readonly object[];
  /** Fields added to the virtual host, such as `typed_per_filter_config`. */
  readonly virtualHost?: object;
  /** Fields added to the connection manager, such as `local_reply_config`. */
  readonly connectionManager?: object;
  /** Looked at before anything is measured; a variant that does something else is left out. */
  readonly checks: readonly Check[];
  /** Added CPU time, at most so many times what `of` adds. */
  readonly goal?: { readonly atMost: number; readonly of: string };
}

/** A request and what must come back. */
export interface Check {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** Response headers; null: must be absent. `x-echo-…`: see listener.ts. */
  readonly response?: Readonly<Record<string, string | null>>;
}

/** What everything is compared with. */
export const baseline = "none";
/** What a Tollgate listener has in front of every filter: the rest is the filter's own price. */
export const listenerBaseline = "set_filter_state";

/** Allowed, both limits counted, routed by the canary rule. */
export const measuredRequest: LoadRequest = {
  authority: "shop.test",
  path: "/",
  headers: { "x-user": "ann" },
};

const untouched = { "x-echo-version": null, "x-shop-served": null };
const peer = { "x-echo-peer": "127.0.0.1" };

const letsEverythingPass: readonly Check[] = [
  { status: 200, response: untouched },
  { method: "DELETE", status: 200, response: untouched },
];

/** What examples/shop does, whoever does it. */
const doesWhatShopDoes: readonly Check[] = [
  { status: 200, response: { "x-echo-version": "v1", "x-shop-served": null, ...peer } },
  {
    headers: { "x-beta": "1" },
    status: 200,
    response: { "x-echo-version": "v2", "x-shop-served": "v2-beta" },
  },
  { method: "DELETE", status: 403 },
  { headers: { "x-api-key": "shop-2026-03" }, status: 403 },
];

export const variants: readonly Variant[] = [
  {
    name: "none",
    about: "the listener without any filter but the router",
    filters: () => [],
    checks: [...letsEverythingPass, { status: 200, response: { "x-echo-peer": null } }],
  },
  {
    name: "set_filter_state",
    about: "with the filter that tells the Wasm filters the direct peer's address",
    filters: ({ peerAddress }) => [peerAddress],
    checks: [...letsEverythingPass, { status: 200, response: peer }],
  },
  {
    name: "empty",
    about: "and a Wasm filter with one callback that does nothing",
    wasm: ["empty"],
    filters: ({ peerAddress, wasm }) => [peerAddress, ...wasm],
    checks: [...letsEverythingPass, { status: 200, response: peer }],
  },
  {
    name: "shop",
    about: "and the compiled example: what a Tollgate listener is",
    wasm: ["shop-raised"],
    filters: ({ peerAddress, wasm }) => [peerAddress, ...wasm],
    checks: doesWhatShopDoes,
  },
];
