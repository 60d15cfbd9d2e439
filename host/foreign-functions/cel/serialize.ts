/** A CEL value as the bytes Envoy gives a filter: the form of properties. */
import type { CelValue } from "@bufbuild/cel";
import { NO_BYTES } from "../../bytes.ts";
import { encodeBytePairs } from "../../pairs.ts";
import type { CelLibrary } from "./library.ts";

type Message = Extract<CelValue, { message: unknown }>;

/** Undefined where there is no such form: null, and types; also within a list or a map. */
export function serializeCel(cel: CelLibrary, value: CelValue): Uint8Array | undefined {
  if (typeof value === "string") return Buffer.from(value);
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value === "bigint") return word((view) => view.setBigInt64(0, value, true));
  if (typeof value === "number") return word((view) => view.setFloat64(0, value, true));
  if (value instanceof Uint8Array) return value;
  if (cel.isCelUint(value)) return word((view) => view.setBigUint64(0, value.value, true));
  if (cel.isCelList(value))
    return pairs(
      cel,
      [...value].map((item) => [item, undefined] as const),
    );
  if (cel.isCelMap(value)) return pairs(cel, [...value.entries()]);
  if (value === null || cel.isCelType(value)) return undefined;
  return message(cel, value);
}

/** The ABI's form of pairs; a list is pairs with empty values. */
function pairs(
  cel: CelLibrary,
  entries: ReadonlyArray<readonly [CelValue, CelValue | undefined]>,
): Uint8Array | undefined {
  const encoded: Array<[Uint8Array, Uint8Array]> = [];
  for (const [key, value] of entries) {
    const name = serializeCel(cel, key);
    const bytes = value === undefined ? NO_BYTES : serializeCel(cel, value);
    if (name === undefined || bytes === undefined) return undefined;
    encoded.push([name, bytes]);
  }
  return encodeBytePairs(encoded);
}

const NANOS_PER_SECOND = 1_000_000_000n;

/** Timestamps and durations are nanoseconds; anything else is protobuf. */
function message(cel: CelLibrary, { desc, message: content }: Message): Uint8Array {
  if (desc.typeName === cel.TimestampSchema.typeName || desc.typeName === cel.DurationSchema.typeName) {
    const { seconds, nanos } = content as unknown as { seconds: bigint; nanos: number };
    return word((view) => view.setBigInt64(0, seconds * NANOS_PER_SECOND + BigInt(nanos), true));
  }
  return cel.toBinary(desc, content);
}

function word(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(8);
  write(new DataView(bytes.buffer));
  return bytes;
}
