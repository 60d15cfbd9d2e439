/** Envoy's foreign functions, by name. */
import { NO_BYTES } from "../bytes.ts";
import { compress, uncompress } from "./compression.ts";
import { declareProperty, setEnvoyFilterState } from "./declared-properties.ts";
import { createExpression, deleteExpression, evaluateExpression } from "./expressions.ts";
import type { ForeignFunction } from "./foreign-function.ts";
import { signText, verifySignature } from "./signatures.ts";

export type { ForeignFunction } from "./foreign-function.ts";

export const foreignFunctions: ReadonlyMap<string, ForeignFunction> = new Map<string, ForeignFunction>([
  // The proxy picks its upstream after the filter has run, so there is no cached route to clear.
  ["clear_route_cache", () => NO_BYTES],
  ["compress", (_, plain) => compress(plain)],
  ["uncompress", (_, packed) => uncompress(packed)],
  ["verify_signature", (_, argument) => verifySignature(argument)],
  ["sign", (_, argument) => signText(argument)],
  ["declare_property", declareProperty],
  ["set_envoy_filter_state", setEnvoyFilterState],
  ["expr_create", createExpression],
  ["expr_evaluate", evaluateExpression],
  ["expr_delete", deleteExpression],
]);
