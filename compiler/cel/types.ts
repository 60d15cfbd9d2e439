// The types that CEL values have here.

/** A type whose values are known when the policy is compiled, but for the value itself. */
export type CelScalar =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "null"
  /** Nanoseconds since 1970 in 64 bits: from 1677 to 2262. */
  | "timestamp"
  /** Nanoseconds in 64 bits: up to 292 years. */
  | "duration";

/** All types. `dyn` is a JSON value of a token's claims: what it is shows only with the request. */
export type CelType = CelScalar | "dyn" | "headers" | CelListType;

export interface CelListType {
  /** The elements' type, or undefined where they differ or there are none. */
  readonly list: CelType | undefined;
}

/** A type in CEL's own words. */
export function typeName(type: CelType): string {
  if (typeof type === "object") return `list(${type.list === undefined ? "dyn" : typeName(type.list)})`;
  return type === "headers" ? "map(string, string)" : type;
}

export function isNumeric(type: CelType): type is "int" | "uint" | "double" {
  return type === "int" || type === "uint" || type === "double";
}

export function sameType(a: CelType, b: CelType): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return a.list === undefined || b.list === undefined ? a.list === b.list : sameType(a.list, b.list);
}
