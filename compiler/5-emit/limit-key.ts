// The key of a limit as source: which limit it is, and then part by part what it counts by.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { CelValueExpression } from "../cel/expression.ts";
import type { KeyPart } from "../ir/program.ts";
import { slotOf } from "../ir/slots.ts";
import { maskOf } from "../net/block.ts";
import { fillLines } from "./classify.ts";
import { hex } from "./expression.ts";
import type { Writer } from "./writer.ts";

/** The functions that evaluate expressions. */
export type ValueNames = ReadonlyMap<CelValueExpression, string>;

/** The statements that make what the key is of known, and the key. */
export function limitKey(
  limit: PlannedLimit,
  values: ValueNames,
  writer: Writer,
): { readonly before: readonly string[]; readonly key: string } {
  const valued = writer.values.limit(limit);
  const identity = valued ? `load<u64>(values, ${valued.counts})` : hex(limit.identity);
  const begin = `${writer.runtime("limit-key", "beginKey")}(${identity})`;
  return {
    before: limit.key.flatMap((part) => fill(part, writer)),
    key: limit.key.reduce((key, part) => keyPart(key, part, values, writer), begin),
  };
}

/** The statements that put the key of a mesh's limit together. */
export function meshKey({ key }: PlannedLimit, values: ValueNames, writer: Writer): readonly string[] {
  return [
    `${writer.runtime("mesh/key", "beginMeshKey")}();`,
    ...key.flatMap((part) => [...fill(part, writer), `${meshKeyPart(part, values, writer)};`]),
  ];
}

function fill(part: KeyPart, writer: Writer): readonly string[] {
  return part.kind === "cookie" ? fillLines({ from: "cookie", name: part.name }, writer) : [];
}

function keyPart(key: string, part: KeyPart, values: ValueNames, writer: Writer): string {
  switch (part.kind) {
    case "host":
      return `${writer.runtime("limit-key", "addHost")}(${key}, ${writer.slot(":authority")})`;
    case "query": {
      const name = writer.literals.of(part.name).arguments;
      return `${use(writer, "key", "addQuery")}(${key}, ${writer.slot(":path?")}, ${name})`;
    }
    case "header":
    case "path":
    case "cookie": {
      const slot = slotOf(part);
      if (!slot) throw new Error(`${part.kind} has no slot`);
      return `${writer.runtime("limit-key", "addHeader")}(${key}, ${writer.slotOf(slot)})`;
    }
    case "claim":
      return `${use(writer, "key", "addTexts")}(${key}, ${writer.slotOf({ from: "claim", path: part.path })})`;
    case "peer":
      return part.hops === 0
        ? `${writer.runtime("limit-key", "addPeer")}(${key}, ${masks(part)})`
        : `${use(writer, "key", "addForwarded")}(${key}, ${writer.slot("x-forwarded-for")}, ${part.hops}, ${masks(part)})`;
    case "cel":
      return `${use(writer, "value", "addValue")}(${key}, ${values.get(part.expression) ?? ""}())`;
  }
}

function meshKeyPart(part: KeyPart, values: ValueNames, writer: Writer): string {
  switch (part.kind) {
    case "query": {
      const name = writer.literals.of(part.name).arguments;
      return `${use(writer, "mesh-key", "addMeshQuery")}(${writer.slot(":path?")}, ${name})`;
    }
    case "host":
    case "header":
    case "path":
    case "cookie": {
      const slot = slotOf(part);
      if (!slot) throw new Error(`${part.kind} has no slot`);
      return `${use(writer, "mesh-key", "addMeshHeader")}(${writer.slotOf(slot)}, ${part.kind === "host"})`;
    }
    case "claim":
      return `${use(writer, "mesh-key", "addMeshTexts")}(${writer.slotOf({ from: "claim", path: part.path })})`;
    case "peer":
      return part.hops === 0
        ? `${use(writer, "mesh-key", "addMeshPeer")}(${masks(part)})`
        : `${use(writer, "mesh-key", "addMeshForwarded")}(${writer.slot("x-forwarded-for")}, ${part.hops}, ${masks(part)})`;
    case "cel":
      return `${use(writer, "mesh-key", "addMeshValue")}(${values.get(part.expression) ?? ""}())`;
  }
}

function masks({ v4Bits, v6Bits }: Extract<KeyPart, { kind: "peer" }>): string {
  const v6 = maskOf(128, v6Bits);
  return [maskOf(32, v4Bits), v6 >> 64n, v6 & 0xffffffffffffffffn].map(hex).join(", ");
}

function use(writer: Writer, module: string, name: string): string {
  return writer.runtime(`limits/${module}`, name);
}
