import { HeaderMap } from "../header-map.ts";
import { fromBinary, toBinary } from "./text.ts";

/** Headers as a test writes them: one value, or all values of a name. */
export type FieldsInit =
  | Readonly<Record<string, string | readonly string[]>>
  | ReadonlyArray<readonly [name: string, value: string]>;

/** Headers as a test reads them: texts, names in any case. */
export class Fields {
  private readonly map: HeaderMap;

  /** @internal */
  constructor(map: HeaderMap) {
    this.map = map;
  }

  /** The value, several joined with commas; undefined where there is none. */
  get(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 0 ? undefined : values.join(",");
  }

  /** Every value, in order. */
  all(name: string): string[] {
    return this.map.getAll(name).map(fromBinary);
  }

  has(name: string): boolean {
    return this.map.get(name) !== undefined;
  }

  /** Names and values as they stand, pseudo headers first. */
  entries(): Array<[name: string, value: string]> {
    return this.map.entries().map(([name, value]) => [name, fromBinary(value)]);
  }

  /** The headers as an object: a text, or a list where a name stands several times. */
  toJSON(): Record<string, string | string[]> {
    const object: Record<string, string | string[]> = {};
    for (const [name] of this.map.entries()) {
      const values = this.all(name);
      object[name] = values.length === 1 ? (values[0] ?? "") : values;
    }
    return object;
  }
}

/** @internal What a test wrote, added to a map. */
export function addFields(map: HeaderMap, fields: FieldsInit = {}): HeaderMap {
  const entries = Array.isArray(fields)
    ? (fields as ReadonlyArray<readonly [string, string]>)
    : Object.entries(fields as Readonly<Record<string, string | readonly string[]>>);
  for (const [name, value] of entries)
    for (const each of typeof value === "string" ? [value] : value) map.add(toBinary(name), toBinary(each));
  return map;
}
