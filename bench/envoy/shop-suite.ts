// The compiled example beside a listener without it.
import { DIRECT_REMOTE_ADDRESS } from "../../envoy/index.ts";
import { limitsNote, type Modules } from "../modules.ts";
import type { Check, Suite } from "./suite.ts";

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

export function shopSuite(modules: Modules): Suite {
  return {
    title: "envoy: one request in Envoy",
    // Allowed, both limits counted, routed by the canary rule.
    request: { authority: "shop.test", path: "/", headers: { "x-user": "ann" } },
    echoes: {
      "x-echo-version": "%REQ(x-shop-version)%",
      "x-echo-peer": `%FILTER_STATE(${DIRECT_REMOTE_ADDRESS}:PLAIN)%`,
    },
    baseline: "none",
    // What a Tollgate listener has in front of every filter: the rest is the filter's own price.
    over: ["set_filter_state"],
    variants: [
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
        wasmPaths: [modules.empty.path],
        filters: ({ peerAddress, wasm }) => [peerAddress, ...wasm],
        checks: [...letsEverythingPass, { status: 200, response: peer }],
      },
      {
        name: "shop",
        about: "and the compiled example: what a Tollgate listener is",
        wasmPaths: [modules["shop-raised"].path],
        filters: ({ peerAddress, wasm }) => [peerAddress, ...wasm],
        checks: doesWhatShopDoes,
      },
    ],
    notes: [limitsNote],
  };
}
