// Calls: operators and functions by name, each with the types that it takes.
import { byteString } from "../http/header-syntax.ts";
import { literal, writtenText, type Checker } from "./checker.ts";
import { afterValues, isMap, mapOf } from "./check-maps.ts";
import { compare, equal, isAudiences, lookUp, membership } from "./check-operators.ts";
import type { CelFunction, CelNode, CelOrder, CelTimeGetter } from "./expression.ts";
import { partialMatch } from "./pattern.ts";
import type { CelSyntax } from "./syntax.ts";
import { fitsInt, parseDuration, parseOffset, parseTimestamp } from "./time.ts";
import { isNumeric, typeName, type CelType } from "./types.ts";

interface CallSyntax {
  readonly function: string;
  readonly target?: CelSyntax | undefined;
  readonly args: readonly CelSyntax[];
}

export function checkCall(checker: Checker, call: CallSyntax, part: CelSyntax): CelNode | undefined {
  const operator = operators[call.function];
  if (operator) return operator(checker, call.args, part);
  const { target } = call;
  if (target && isNamespace(checker, target)) return checker.refuse("extensions", part);
  // Most functions can be called in both ways: `size(x)` and `x.size()`.
  const parts = target ? [target, ...call.args] : call.args;
  const known = functions[call.function];
  if (!known) return unknownFunction(checker, call.function, part);
  const [least, most] = known.operands;
  if (
    parts.length < least ||
    parts.length > most ||
    (target ? known.call === "plain" : known.call === "method")
  ) {
    return checker.fault("type", part, `\`${call.function}\` is called so: \`${known.usage}\``);
  }
  return known.check(checker, parts, part);
}

type Check = (checker: Checker, parts: readonly CelSyntax[], part: CelSyntax) => CelNode | undefined;

/** Checks that need their operands checked first. */
function strict(
  check: (checker: Checker, nodes: readonly CelNode[], part: CelSyntax) => CelNode | undefined,
): Check {
  return (checker, parts, part) => {
    const nodes = checker.checkAll(parts);
    return nodes && check(checker, nodes, part);
  };
}

const operators: Readonly<Record<string, Check>> = {
  "_&&_": logic("and"),
  "_||_": logic("or"),
  "!_": (checker, [operand]) => {
    const node = operand && checker.check(operand);
    const of = node && checker.asType(node, "bool", operand);
    return of && negated(of);
  },
  "-_": strict((checker, [of], part) => {
    if (!of) return undefined;
    if (of.type === "int" || of.type === "double")
      return { op: "call", type: of.type, function: "negate", of: [of] };
    return noOverload(checker, "-", [of], part);
  }),
  "_==_": strict((checker, [left, right], part) => left && right && equal(checker, left, right, part)),
  "_!=_": strict((checker, [left, right], part) => {
    const of = left && right && equal(checker, left, right, part);
    return of && negated(of);
  }),
  "_<_": order("<"),
  "_<=_": order("<="),
  "_>_": order(">"),
  "_>=_": order(">="),
  "_+_": calculation("+"),
  "_-_": calculation("-"),
  "_*_": calculation("*"),
  "_/_": calculation("/"),
  "_%_": calculation("%"),
  "_?_:_": conditional,
  "_[_]": (checker, [container, index], part) =>
    container && index && lookUp(checker, container, index, part),
  "@in": (checker, [value, container], part) =>
    value && container && membership(checker, value, container, part),
};

function negated(of: CelNode): CelNode {
  return { op: "not", type: "bool", of };
}

/** CEL's parser balances long chains into trees; here they are lists again. */
function logic(op: "and" | "or"): Check {
  return (checker, parts) => {
    const of = parts.map((part) => {
      const node = checker.check(part);
      return node && checker.asType(node, "bool", part);
    });
    if (!of.every((node) => node !== undefined)) return undefined;
    return { op, type: "bool", of: of.flatMap((node) => (node.op === op ? node.of : [node])) };
  };
}

function order(operator: CelOrder): Check {
  return strict(
    (checker, [left, right], part) => left && right && compare(checker, operator, left, right, part),
  );
}

function calculation(operator: "+" | "-" | "*" | "/" | "%"): Check {
  return strict(
    (checker, [left, right], part) => left && right && arithmetic(checker, operator, left, right, part),
  );
}

function arithmetic(
  checker: Checker,
  operator: "+" | "-" | "*" | "/" | "%",
  left: CelNode,
  right: CelNode,
  part: CelSyntax,
): CelNode | undefined {
  if (left.type === "dyn" || right.type === "dyn") return checker.refuse("dyn-operands", part);
  if (operator === "+" && left.op === "list" && right.op === "list") {
    const elements = [...left.elements, ...right.elements];
    const same = elements.every((element) => element.type === elements[0]?.type);
    return { op: "list", type: { list: same ? elements[0]?.type : undefined }, elements };
  }
  const type = resultOf(operator, left.type, right.type);
  if (type === undefined) return noOverload(checker, operator, [left, right], part);
  return { op: "call", type, function: operator, of: [left, right] };
}

function resultOf(operator: "+" | "-" | "*" | "/" | "%", left: CelType, right: CelType): CelType | undefined {
  if (left === right && isNumeric(left)) return operator === "%" && left === "double" ? undefined : left;
  if (operator === "+" && left === right && (left === "string" || left === "bytes")) return left;
  if (operator !== "+" && operator !== "-") return undefined;
  if (left === "duration" && right === "duration") return "duration";
  if (left === "timestamp" && right === "duration") return "timestamp";
  if (left === "duration" && right === "timestamp" && operator === "+") return "timestamp";
  if (left === "timestamp" && right === "timestamp" && operator === "-") return "duration";
  return undefined;
}

function noOverload(
  checker: Checker,
  name: string,
  operands: readonly CelNode[],
  part: CelSyntax,
): undefined {
  const types = operands.map(({ type }) => typeName(type)).join(", ");
  const mixed = operands.length > 1 && operands.every(({ type }) => isNumeric(type));
  return checker.fault(
    "type",
    part,
    `there is no \`${name}\` for \`(${types})\``,
    mixed ? "convert one of them with `int()`, `uint()` or `double()`" : undefined,
  );
}

function conditional(
  checker: Checker,
  [conditionPart, thenPart, otherwisePart]: readonly CelSyntax[],
  part: CelSyntax,
): CelNode | undefined {
  if (!conditionPart || !thenPart || !otherwisePart) return undefined;
  const nodes = checker.checkAll([conditionPart, thenPart, otherwisePart]);
  const [asked, then, otherwise] = nodes ?? [];
  const condition = asked && checker.asType(asked, "bool", conditionPart);
  if (!condition || !then || !otherwise) return undefined;
  if (typeof then.type === "object" || typeof otherwise.type === "object")
    return checker.refuse("list-values", part);
  if (then.type !== otherwise.type) {
    const types = `\`${typeName(then.type)}\` and \`${typeName(otherwise.type)}\``;
    return checker.fault(
      "type",
      part,
      `both branches of \`?:\` must be of one type, and these are ${types}`,
      then.type === "dyn" || otherwise.type === "dyn"
        ? "say what the claim is with `string()`, `double()` or `bool()`"
        : undefined,
    );
  }
  return { op: "conditional", type: then.type, condition, then, otherwise };
}

interface KnownFunction {
  /** How many operands, the target among them. */
  readonly operands: readonly [least: number, most: number];
  readonly call: "plain" | "method" | "both";
  readonly usage: string;
  readonly check: Check;
}

const functions: Readonly<Record<string, KnownFunction>> = {
  has: {
    operands: [0, 9],
    call: "plain",
    usage: "has(a.b)",
    check: (checker, _parts, part) =>
      checker.fault(
        "type",
        part,
        "`has` asks for a member",
        "write `has(auth.claims.role)`; for headers `'x-a' in request.headers`",
      ),
  },
  dyn: {
    operands: [1, 1],
    call: "plain",
    usage: "dyn(x)",
    check: strict((checker, [node]) => node && checker.loosen(node)),
  },
  type: {
    operands: [1, 1],
    call: "plain",
    usage: "type(x)",
    check: (checker, _parts, part) => checker.refuse("types", part),
  },
  size: {
    operands: [1, 1],
    call: "both",
    usage: "size(x)",
    check: (checker, parts, part) => {
      const [operand] = parts;
      if (!operand) return undefined;
      if (isMap(operand)) {
        const map = mapOf(checker, operand);
        return map && afterValues(map, literal("int", BigInt(map.keys.length)));
      }
      const of = checker.check(operand);
      if (!of) return undefined;
      if (of.op === "list") {
        const size = literal("int", BigInt(of.elements.length));
        return { op: "pick", type: "int", elements: [...of.elements, size], index: of.elements.length };
      }
      if (typeof of.type === "object" && !isAudiences(of)) return checker.refuse("list-values", part);
      const sized = ["string", "bytes", "dyn"].includes(typeName(of.type)) || typeof of.type === "object";
      return sized
        ? { op: "call", type: "int", function: "size", of: [of] }
        : noOverload(checker, "size", [of], part);
    },
  },
  startsWith: textQuestion("startsWith"),
  endsWith: textQuestion("endsWith"),
  contains: textQuestion("contains"),
  matches: {
    operands: [2, 2],
    call: "both",
    usage: "text.matches('pattern')",
    check: (checker, [textPart, patternPart]) => {
      if (!textPart || !patternPart) return undefined;
      const node = checker.check(textPart);
      const of = node && checker.asType(node, "string", textPart);
      const pattern = writtenText(patternPart);
      if (pattern === undefined) return checker.refuse("patterns", patternPart);
      const regex = partialMatch(checker, pattern, patternPart);
      return of && regex && { op: "matches", type: "bool", of, pattern, regex };
    },
  },
  bool: conversion("bool", ["bool", "string"]),
  int: conversion("int", ["int", "uint", "double", "string", "timestamp"]),
  uint: conversion("uint", ["int", "uint", "double", "string"]),
  double: conversion("double", ["int", "uint", "double", "string"]),
  string: conversion("string", ["bool", "int", "uint", "string", "bytes"]),
  bytes: conversion("bytes", ["string", "bytes"]),
  timestamp: {
    operands: [1, 1],
    call: "plain",
    usage: "timestamp('2026-01-01T00:00:00Z')",
    check: writtenTime("timestamp", parseTimestamp),
  },
  duration: {
    operands: [1, 1],
    call: "plain",
    usage: "duration('1h30m')",
    check: writtenTime("duration", parseDuration),
  },
  ...Object.fromEntries(
    (
      [
        "getFullYear",
        "getMonth",
        "getDate",
        "getDayOfMonth",
        "getDayOfWeek",
        "getDayOfYear",
        "getHours",
        "getMinutes",
        "getSeconds",
        "getMilliseconds",
      ] as const
    ).map((name) => [name, timeGetter(name)]),
  ),
};

function textQuestion(name: "startsWith" | "endsWith" | "contains"): KnownFunction {
  return {
    operands: [2, 2],
    call: "method",
    usage: `text.${name}('...')`,
    check: (checker, parts) => {
      const nodes = parts.map((part) => {
        const node = checker.check(part);
        return node && checker.asType(node, "string", part);
      });
      if (!nodes.every((node) => node !== undefined)) return undefined;
      return { op: "call", type: "bool", function: name, of: nodes };
    },
  };
}

function conversion(to: CelFunction & CelType, from: readonly CelType[]): KnownFunction {
  return {
    operands: [1, 1],
    call: "plain",
    usage: `${to}(x)`,
    check: strict((checker, [of], part) => {
      if (!of) return undefined;
      if (of.type === to) return of;
      if (to === "string" && of.type === "double") return checker.refuse("double-texts", part);
      if (to === "string" && (of.type === "timestamp" || of.type === "duration"))
        return checker.refuse("time-texts", part);
      if (of.type !== "dyn" && !from.includes(of.type)) return noOverload(checker, to, [of], part);
      if (of.type === "dyn" && to === "bytes") {
        const text: CelNode = { op: "as", type: "string", of };
        return { op: "call", type: to, function: to, of: [text] };
      }
      return { op: "call", type: to, function: to, of: [of] };
    }),
  };
}

function writtenTime(type: "timestamp" | "duration", parse: (text: string) => bigint | undefined): Check {
  return (checker, [operand], part) => {
    if (!operand) return undefined;
    const text = writtenText(operand);
    if (text !== undefined) {
      const value = parse(text);
      if (value === undefined) return checker.fault("value", operand, `this is no ${type}`);
      return fitsInt(value) ? literal(type, value) : checker.refuse("time-range", operand);
    }
    const node = checker.check(operand);
    if (!node || node.type === type) return node;
    if (type === "timestamp" && node.type === "int")
      return { op: "call", type, function: "timestamp", of: [node] };
    return node.type === "string" || node.type === "dyn"
      ? checker.refuse("time-texts", operand)
      : noOverload(checker, type, [node], part);
  };
}

function timeGetter(name: CelTimeGetter): KnownFunction {
  return {
    operands: [1, 2],
    call: "method",
    usage: `time.${name}()`,
    check: (checker, [timePart, zonePart], part) => {
      const of = timePart && checker.check(timePart);
      if (!of) return undefined;
      const hasUnits = ["getHours", "getMinutes", "getSeconds", "getMilliseconds"].includes(name);
      if (of.type === "duration" && hasUnits && !zonePart)
        return { op: "call", type: "int", function: name, of: [of] };
      if (of.type !== "timestamp") return noOverload(checker, name, [of], part);
      const zone = zonePart ? writtenText(zonePart) : "UTC";
      const offset = zone === undefined ? undefined : parseOffset(zone);
      if (offset === undefined) return checker.refuse("time-zones", zonePart ?? part);
      return { op: "call", type: "int", function: name, of: [of, literal("int", offset)] };
    },
  };
}

function isNamespace(checker: Checker, part: CelSyntax): boolean {
  if (part.exprKind.case !== "identExpr") return false;
  return NAMESPACES.has(part.exprKind.value.name) && !checker.isBound(part.exprKind.value.name);
}

const NAMESPACES = new Set([
  "math",
  "strings",
  "base64",
  "optional",
  "cel",
  "proto",
  "sets",
  "lists",
  "regex",
  "net",
]);

/** Functions of CEL's extensions, and macros with the wrong number of operands. */
const EXTENSIONS = new Set(
  "charAt format indexOf join lastIndexOf lowerAscii replace reverse split substring trim upperAscii quote distinct flatten slice sort".split(
    " ",
  ),
);
const MACROS = new Set(
  "all exists exists_one existsOne map filter transformList transformMap transformMapEntry".split(" "),
);
const OPTIONALS = new Set(
  "_?._ _[?_] hasValue or orValue value optMap optFlatMap ofNonZeroValue none of".split(" "),
);

function unknownFunction(checker: Checker, name: string, part: CelSyntax): undefined {
  if (EXTENSIONS.has(name)) return checker.refuse("extensions", part);
  if (OPTIONALS.has(name)) return checker.refuse("optionals", part);
  if (MACROS.has(name)) return checker.refuse("filter", part);
  return checker.fault("name", part, `there is no function \`${byteString(name)}\``);
}
