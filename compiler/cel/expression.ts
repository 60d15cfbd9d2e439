// A checked CEL expression, ready to be evaluated or compiled: a tree of few kinds of nodes, every one with its type.
// Macros over written lists are unrolled and overloads are resolved, so that evaluator and emitter need not know them.
import type { Regex } from "../automata/regex.ts";
import type { CelAttributeName } from "./attributes.ts";
import type { CelScalar, CelType } from "./types.ts";

/** What a condition and an expression for a value have in common. */
export interface CheckedCel {
  /** As the author wrote it. */
  readonly text: string;
  readonly root: CelNode;
  /** The attributes it may look at, each once. */
  readonly attributes: readonly CelAttributeName[];
  /** The headers it may look at, pseudo headers among them, in lower case, each once. */
  readonly headers: readonly string[];
}

/** A condition: what its root comes to is a truth value. */
export type CelExpression = CheckedCel;

/** An expression for a value: what its root comes to is of this type. */
export interface CelValueExpression extends CheckedCel {
  /** `int` for a cost. A key is always bytes: `string` and `bytes` lie in memory alike. */
  readonly type: "int" | "string" | "bytes";
}

/**
 * A part of an expression. Unless a node says otherwise it is strict: an error in one of its parts is its own. Texts are
 * byte strings of UTF-8, one character a byte.
 */
export type CelNode =
  | CelLiteral
  /** Always an error, which only shows when it is evaluated, such as an index beyond a written list. */
  | { readonly op: "error"; readonly type: CelType }
  /** An error where the request has no such thing. */
  | { readonly op: "attribute"; readonly type: CelType; readonly attribute: CelAttributeName }
  /** Whether the request has such a thing; never an error. */
  | { readonly op: "has-attribute"; readonly type: "bool"; readonly attribute: CelAttributeName }
  /** A header's value. An error where it is absent, and where it is repeated. */
  | { readonly op: "header"; readonly type: "string"; readonly name: string }
  /** Whether the header is there, repeated or not; never an error. */
  | { readonly op: "has-header"; readonly type: "bool"; readonly name: string }
  | { readonly op: "variable"; readonly type: CelType; readonly id: number }
  /** The body, with a variable bound to a value. */
  | CelLet
  /** False absorbs errors (`and`), true does (`or`); at least two parts. */
  | { readonly op: "and" | "or"; readonly type: "bool"; readonly of: readonly CelNode[] }
  | { readonly op: "not"; readonly type: "bool"; readonly of: CelNode }
  /** Only the branch that is chosen is evaluated. Both have the node's type. */
  | CelConditional
  | CelEqual
  | CelCompare
  /** Whether the value is equal to one of the elements. */
  | {
      readonly op: "in-list";
      readonly type: "bool";
      readonly value: CelNode;
      readonly elements: readonly CelNode[];
    }
  /** Whether a JSON list has an element equal to the value, or a JSON object has a member of this name. */
  | { readonly op: "in-dyn"; readonly type: "bool"; readonly value: CelNode; readonly of: CelNode }
  /** A written list; only under `pick`, `lists-equal`, `let` and `conditional`. */
  | { readonly op: "list"; readonly type: CelType; readonly elements: readonly CelNode[] }
  /** One element of a written list, all of which are evaluated. */
  | {
      readonly op: "pick";
      readonly type: CelType;
      readonly elements: readonly CelNode[];
      readonly index: number;
    }
  /** Two written lists of one length, element by element. */
  | CelListsEqual
  /** Whether exactly one part is true. */
  | { readonly op: "exactly-one"; readonly type: "bool"; readonly of: readonly CelNode[] }
  | CelQuantifier
  /** A member of a JSON object; an error where it is none, or has no such member. */
  | { readonly op: "member"; readonly type: "dyn"; readonly of: CelNode; readonly name: CelNode }
  /** Whether a JSON object has the member; an error where it is none. */
  | { readonly op: "has-member"; readonly type: "bool"; readonly of: CelNode; readonly name: CelNode }
  /** An element of a JSON list; an error where it is none, or is not that long. `index` is an int. */
  | { readonly op: "element"; readonly type: "dyn"; readonly of: CelNode; readonly index: CelNode }
  /** A JSON value that is of this type; an error where it is of another. */
  | { readonly op: "as"; readonly type: "bool" | "double" | "string"; readonly of: CelNode }
  /** Whether the pattern matches anywhere in the text; `regex` is the expression over whole texts that says so. */
  | CelMatches
  | CelCall;

export interface CelLet {
  readonly op: "let";
  readonly type: CelType;
  readonly id: number;
  readonly value: CelNode;
  readonly body: CelNode;
}

export interface CelConditional {
  readonly op: "conditional";
  readonly type: CelType;
  readonly condition: CelNode;
  readonly then: CelNode;
  readonly otherwise: CelNode;
}

export interface CelMatches {
  readonly op: "matches";
  readonly type: "bool";
  readonly of: CelNode;
  readonly pattern: string;
  readonly regex: Regex;
}

export interface CelListsEqual {
  readonly op: "lists-equal";
  readonly type: "bool";
  readonly left: readonly CelNode[];
  readonly right: readonly CelNode[];
}

/** A value as it was written. */
export interface CelLiteral {
  readonly op: "literal";
  readonly type: CelScalar;
  readonly value: CelConstant;
}

/**
 * bool: boolean; int, uint, timestamp and duration: bigint; double: number; string and bytes: a byte string; null: null.
 */
export type CelConstant = boolean | bigint | number | string | null;

/** Values of different types are equal where both are numbers of the same size. At most one side is `dyn`, the left. */
export interface CelEqual {
  readonly op: "equal";
  readonly type: "bool";
  readonly left: CelNode;
  readonly right: CelNode;
}

/** Both of one type, both numbers, or the left side `dyn`: then an error where it cannot be compared with the right. */
export interface CelCompare {
  readonly op: "compare";
  readonly type: "bool";
  readonly operator: CelOrder;
  readonly left: CelNode;
  readonly right: CelNode;
}

export type CelOrder = "<" | "<=" | ">" | ">=";

/** A macro over a list that only the request has. `all` and `exists` absorb errors as `&&` and `||` do. */
export interface CelQuantifier {
  readonly op: "quantifier";
  readonly type: "bool";
  readonly quantifier: "all" | "exists" | "exists_one";
  /** A list of strings, or `dyn`: the elements of a list, the names of an object's members, else an error. */
  readonly over: CelNode;
  readonly id: number;
  readonly body: CelNode;
}

/** A function of values; which one it is the first operand's type tells as well. */
export interface CelCall {
  readonly op: "call";
  readonly type: CelType;
  readonly function: CelFunction;
  readonly of: readonly CelNode[];
}

export type CelFunction =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  /** The sign turned. */
  | "negate"
  | "startsWith"
  | "endsWith"
  | "contains"
  | "size"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "timestamp"
  | CelTimeGetter;

/** A part of a timestamp at an offset from UTC (the second operand: an int in nanoseconds), or of a duration. */
export type CelTimeGetter =
  | "getFullYear"
  | "getMonth"
  | "getDate"
  | "getDayOfMonth"
  | "getDayOfWeek"
  | "getDayOfYear"
  | "getHours"
  | "getMinutes"
  | "getSeconds"
  | "getMilliseconds";
