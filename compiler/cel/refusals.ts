// Why an expression is refused: a closed set, so that the guide lists all of it and the CEL spec's tests show that nothing
// is refused for any other reason.

/** What CEL has and Tollgate does not: by reason, what it is. The guide's list is this one. */
export const unsupported = {
  "map-literals":
    "maps written in an expression, such as `{'a': 1}`, but where they are looked into at once: `{'a': 1}[auth.claims.tier]`, `in`, `has`, `size`, macros; with keys written out and no lists or maps in them",
  messages: "messages of protocol buffers, such as `google.protobuf.Duration{seconds: 5}`, and their enums",
  types: "types as values: `type(x)`, `x == int`",
  optionals: "optional values and their syntax",
  extensions:
    "functions of CEL's extensions: `math.*`, `strings.*` such as `format` and `split`, `base64.*`, `cel.bind`",
  filter:
    "`filter()`, `map()` with three arguments, `map()` over lists that only the request has, and macros with two variables",
  "list-values":
    "lists as values: in both branches of `?:`, lists inside lists, or an index that is not written out",
  "header-names":
    "header names that are not written out, and the headers as a whole: `request.headers.all(...)`",
  "dyn-operands":
    "arithmetic on claims, and comparing claims with each other: say what they are with `double()` or `string()`",
  "time-texts":
    "`timestamp()` and `duration()` of texts that are not written out, and their texts (`string()`)",
  "time-range": "times before 1677 or after 2262, and durations beyond 292 years",
  "time-zones": "time zones by name: UTC and offsets such as `+02:00` only",
  "double-texts": "`string()` of a double",
  patterns:
    "patterns of `matches()` that are not written out, and in them what means one thing over characters and another over bytes: classes and escapes of characters beyond ASCII, `\\pL`, `\\Q`",
  size: "expressions nested deeper than 100, or of more than 5,000 operations once macros are unrolled",
} as const;

export type Unsupported = keyof typeof unsupported;

/**
 * `syntax`: it is not CEL; `type`: CEL itself refuses it; `name`: nothing is called so; `value`: it fails for every
 * request; `pattern`: RE2 refuses it, or the subset of it that is supported.
 */
export type CelReason = Unsupported | "syntax" | "type" | "name" | "value" | "pattern";

/** One fault of an expression. Places count UTF-16 units from the expression's start. */
export interface CelFault {
  readonly reason: CelReason;
  /** Lower case, one sentence without a full stop. */
  readonly message: string;
  readonly at: number;
  readonly length: number;
  /** What to do. */
  readonly help?: string;
}
