// What limits count by: the parts of a key as JSON values that are equal where two requests share what they may use.
import { evaluateCelValue } from "../cel/value.ts";
import { maskOf, parseAddress } from "../net/block.ts";
import { valuesOf, type Request } from "./interpret.ts";
import type { KeyPart, Limit } from "./program.ts";
import { parameters } from "./query.ts";

export function keyOf({ key }: Limit, request: Request): unknown[] {
  return key.map((part) => partOf(part, request));
}

function partOf(part: KeyPart, request: Request): unknown {
  switch (part.kind) {
    case "peer":
      return block(addressOf(part.hops, request), part);
    case "cel":
      // An error is null, which no text is.
      return evaluateCelValue(part.expression, request) ?? null;
    case "claim":
      return valuesOf(part, request);
    case "query": {
      const [path = ""] = valuesOf({ kind: "header", name: ":path" }, request);
      return one(parameters(path).flatMap(({ name, value }) => (name === part.name ? [value] : [])));
    }
    case "header":
    case "host":
    case "path":
    case "cookie":
      return one(valuesOf(part, request));
  }
}

/** Whoever repeats a value shares a key, whatever the values: a further value must not be a fresh one. */
function one(values: readonly string[]): unknown {
  return values.length > 1 ? "repeated" : values;
}

type Address = ReturnType<typeof parseAddress>;

/**
 * The direct peer's address, or the one that stands `hops` from the right in `x-forwarded-for`. Empty entries count: who is
 * trusted adds at the right, and nothing that stands left of it moves it. An entry with a port is no address, as in Envoy.
 */
function addressOf(hops: number, request: Request): Address {
  const entries = valuesOf({ kind: "header", name: "x-forwarded-for" }, request).join(",").split(",");
  const entry = hops > 0 ? entries.at(-hops) : undefined;
  const forwarded = entry === undefined ? undefined : parseAddress(entry.replace(/^[ \t]+|[ \t]+$/g, ""));
  return forwarded ?? (request.peer === undefined ? undefined : parseAddress(request.peer));
}

function block(address: Address, { v4Bits, v6Bits }: { v4Bits: number; v6Bits: number }): unknown {
  if (!address) return null;
  const { family, network } = address;
  return [family, String(network & (family === 4 ? maskOf(32, v4Bits) : maskOf(128, v6Bits)))];
}
