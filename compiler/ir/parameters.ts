// Parameters: values that a filter is given when it is loaded, not when it is compiled. Where one may stand, the program holds
// its default, so that whoever reads a program need not know of them; beside it a hole says what may come in its place.

/** A parameter of the bundle, as its author declares it. */
export interface Declaration {
  readonly name: string;
  readonly type: ParameterType;
  /** A number of an integer, else a text. Absent: the value must be given. */
  readonly default?: number | string;
  /** Of an integer. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

/**
 * - `integer`: a whole number.
 * - `duration`: a text such as `500ms`, `1m` or `1h30m`.
 * - `string`: a text in UTF-8.
 */
export type ParameterType = (typeof parameterTypes)[number];
export const parameterTypes = ["integer", "duration", "string"] as const;

/** A place that a parameter fills. */
export interface Hole {
  readonly parameter: Declaration;
  /** What the place itself takes, of an integer. */
  readonly least?: number;
  readonly most?: number;
  /** It takes only texts that a header can have. */
  readonly inHeader?: true;
}

/** Which fields of an operation are filled by parameters. What stands there is the default, or a stand-in where there is none. */
export interface Filled<Field extends string> {
  readonly holes?: { readonly [F in Field]?: Hole };
}

/** A parameter of a filter, bounded by the places that it fills. */
export interface Parameter extends Declaration {
  /** Of an integer. */
  readonly least: number;
  readonly most: number;
  /** Only texts that a header can have will do. */
  readonly inHeader?: true;
}

/** `Filled` of the holes that there are. */
export function holesOf<Field extends string>(holes: {
  readonly [F in Field]: Hole | undefined;
}): Filled<Field> {
  const present = Object.entries<Hole | undefined>(holes).filter(([, hole]) => hole !== undefined);
  return present.length === 0
    ? {}
    : { holes: Object.fromEntries(present) as NonNullable<Filled<Field>["holes"]> };
}

/** Bytes of a text, and of a duration as it is written. */
export const LONGEST_TEXT = 4096;
export const LONGEST_DURATION_TEXT = 32;
/** Nanoseconds: a hundred years. What filters add to the time in 64 bits without a sign. */
export const LONGEST_DURATION = 36_500n * 86_400_000_000_000n;
/** The most that one filter has: it notes in a word of 64 bits which ones were given. */
export const MOST_PARAMETERS = 64;

/** The parameters that fill some holes, in the order of their names. */
export function parametersIn(holes: readonly (Hole | undefined)[]): readonly Parameter[] {
  const found = new Map<string, Parameter>();
  for (const hole of holes) {
    if (!hole) continue;
    const { parameter, least = 0, most = Number.MAX_SAFE_INTEGER, inHeader } = hole;
    const before = found.get(parameter.name) ?? {
      ...parameter,
      least: parameter.minimum ?? 0,
      most: parameter.maximum ?? Number.MAX_SAFE_INTEGER,
    };
    found.set(parameter.name, {
      ...before,
      least: Math.max(before.least, least),
      most: Math.min(before.most, most),
      ...(inHeader && { inHeader }),
    });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a value of a parameter must be, in words: `a whole number from 1 to 1000`. */
export function expectedOf({
  type,
  least,
  most,
  inHeader,
}: Pick<Parameter, "type" | "least" | "most" | "inHeader">): string {
  switch (type) {
    case "integer":
      return `a whole number from ${least} to ${most}`;
    case "duration":
      return "a duration such as `500ms`, `1m` or `1h30m`";
    case "string":
      return `a string of at most ${LONGEST_TEXT} bytes${inHeader ? " that a header can have: one line without white space around it" : ""}`;
  }
}

/** Whether what stands in a place is the author's, or only keeps the place. */
export function isOpen(place: { readonly hole?: Hole | undefined } | undefined): boolean {
  return place?.hole !== undefined && place.hole.parameter.default === undefined;
}
