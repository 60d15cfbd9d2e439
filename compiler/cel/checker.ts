// The checker's walk over the syntax tree: literals, names, members and operators that are not plain functions. What is
// faulty is noted and comes to `undefined`; whoever needs it goes without, so that each fault is told once.
import { byteString, headerKey, isHeaderName } from "../http/header-syntax.ts";
import { celAttributes, isCelAttribute } from "./attributes.ts";
import { checkCall } from "./check-calls.ts";
import { hasName, isMap, mapOf, valueAt } from "./check-maps.ts";
import { checkMacro } from "./check-macros.ts";
import type { CelConstant, CelNode } from "./expression.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { unsupported, type CelFault, type CelReason, type Unsupported } from "./refusals.ts";
import type { CelSyntax, ParsedCel } from "./syntax.ts";
import { fitsInt } from "./time.ts";
import { sameType, typeName, type CelScalar, type CelType } from "./types.ts";

const MAX_DEPTH = 100;
const MAX_NODES = 5000;

export class Checker {
  readonly faults: CelFault[] = [];
  /** What `dyn()` was asked of: CEL's type check steps back there. */
  readonly #loose = new WeakSet<CelNode>();
  readonly #scope = new Map<string, CelNode>();
  readonly #parsed: ParsedCel;
  #depth = 0;
  #nodes = 0;
  #ids = 0;
  #tooLarge = false;

  constructor(parsed: ParsedCel) {
    this.#parsed = parsed;
  }

  check(part: CelSyntax): CelNode | undefined {
    if (this.#tooLarge) return undefined;
    if (++this.#nodes > MAX_NODES || this.#depth >= MAX_DEPTH) {
      this.#tooLarge = true;
      return this.refuse("size", part);
    }
    this.#depth++;
    const node = this.#check(part);
    this.#depth--;
    return node;
  }

  /** Checks all parts, so that all their faults are told. */
  checkAll(parts: readonly CelSyntax[]): CelNode[] | undefined {
    const nodes = parts.map((part) => this.check(part));
    return nodes.every((node) => node !== undefined) ? nodes : undefined;
  }

  /** Notes a fault; `inside`: of a part of a written text. */
  fault(
    reason: CelReason,
    part: CelSyntax,
    message: string,
    help?: string,
    inside?: { readonly at: number; readonly length: number },
  ): undefined {
    const place = inside ? this.#parsed.placeInside(part, inside) : this.#parsed.placeOf(part);
    // A macro's body is checked once for each element.
    const known = this.faults.some((fault) => fault.at === place.at && fault.message === message);
    if (!known) this.faults.push({ reason, message, ...place, ...(help === undefined ? {} : { help }) });
    return undefined;
  }

  refuse(reason: Unsupported, part: CelSyntax): undefined {
    return this.fault(reason, part, `not supported: ${unsupported[reason]}`);
  }

  /** The node as a value of this type; JSON values are looked at when the request is there. */
  asType(
    node: CelNode,
    type: CelType,
    part: CelSyntax,
    message: (found: CelType) => string = (found) =>
      `\`${typeName(type)}\` is wanted here, and this is \`${typeName(found)}\``,
  ): CelNode | undefined {
    if (sameType(node.type, type)) return node;
    if (node.type === "dyn" && (type === "bool" || type === "double" || type === "string")) {
      return { op: "as", type, of: node };
    }
    return this.fault("type", part, message(node.type));
  }

  isLoose(node: CelNode): boolean {
    return this.#loose.has(node);
  }

  loosen(node: CelNode): CelNode {
    const loose = { ...node };
    this.#loose.add(loose);
    return loose;
  }

  macroOf(part: CelSyntax): string | undefined {
    return this.#parsed.macroOf(part);
  }

  newId(): number {
    return this.#ids++;
  }

  /** Whether a macro's variable is called so here. */
  isBound(name: string): boolean {
    return this.#scope.has(name);
  }

  /** Checks a macro's body with its variable standing for a node. */
  checkWith(name: string, node: CelNode, body: CelSyntax): CelNode | undefined {
    const outer = this.#scope.get(name);
    this.#scope.set(name, node);
    const checked = this.check(body);
    if (outer === undefined) this.#scope.delete(name);
    else this.#scope.set(name, outer);
    return checked;
  }

  header(written: string, part: CelSyntax): string | undefined {
    const name = headerKey(written);
    if (!isHeaderName(name) && !PSEUDO_HEADERS.includes(name)) {
      return this.fault("value", part, `no header can be called \`${written}\``);
    }
    return name;
  }

  #check(part: CelSyntax): CelNode | undefined {
    const { exprKind } = part;
    if (exprKind.case === "constExpr") return this.#literal(exprKind.value.constantKind, part);
    if (exprKind.case === "identExpr") {
      const { name } = exprKind.value;
      return this.#scope.get(name) ?? this.#unknownName(name, part);
    }
    if (exprKind.case === "selectExpr") return this.#select(exprKind.value, part);
    if (exprKind.case === "callExpr") return checkCall(this, exprKind.value, part);
    if (exprKind.case === "comprehensionExpr") return checkMacro(this, exprKind.value, part);
    if (exprKind.case === "structExpr") {
      return this.refuse(exprKind.value.messageName === "" ? "map-literals" : "messages", part);
    }
    if (exprKind.case !== "listExpr") return this.fault("syntax", part, "an expression is wanted here");
    if (exprKind.value.optionalIndices.length > 0) return this.refuse("optionals", part);
    const elements = this.checkAll(exprKind.value.elements);
    return elements && listOf(elements);
  }

  #literal(constant: { case: string | undefined; value?: unknown }, part: CelSyntax): CelNode | undefined {
    switch (constant.case ?? "") {
      case "int64Value":
        if (!fitsInt(constant.value as bigint))
          return this.fault("value", part, "an int has 64 bits, and this has more");
        return literal("int", constant.value as bigint);
      case "uint64Value":
        if ((constant.value as bigint) >= 2n ** 64n)
          return this.fault("value", part, "a uint has 64 bits, and this has more");
        return literal("uint", constant.value as bigint);
      case "doubleValue":
        if (!Number.isFinite(constant.value))
          return this.fault("value", part, "no double is as large as this");
        return literal("double", constant.value as number);
      case "boolValue":
        return literal("bool", constant.value as boolean);
      case "stringValue":
        return literal("string", byteString(constant.value as string));
      case "bytesValue":
        return literal("bytes", Buffer.from(constant.value as Uint8Array).toString("latin1"));
      case "nullValue":
        return literal("null", null);
      default:
        return this.fault("syntax", part, "a literal of no known type");
    }
  }

  #select(
    { operand, field, testOnly }: { operand?: CelSyntax | undefined; field: string; testOnly: boolean },
    part: CelSyntax,
  ): CelNode | undefined {
    if (!operand) return this.fault("syntax", part, "a member of nothing");
    const root = operand.exprKind.case === "identExpr" ? operand.exprKind.value.name : undefined;
    if (root !== undefined && !this.#scope.has(root)) {
      return this.#attribute(`${root}.${field}`, root, testOnly, part);
    }
    if (isHeaders(operand) && !this.#scope.has("request")) {
      const name = this.header(field, part);
      if (name === undefined) return undefined;
      return testOnly ? { op: "has-header", type: "bool", name } : { op: "header", type: "string", name };
    }
    if (isMap(operand)) {
      const map = mapOf(this, operand);
      const name = byteString(field);
      return map && (testOnly ? hasName(map, name) : valueAt(this, map, literal("string", name), part));
    }
    const of = this.check(operand);
    if (!of) return undefined;
    if (of.type !== "dyn") {
      return this.fault(
        "type",
        part,
        `\`${typeName(of.type)}\` has no members, so there is no \`${field}\` in it`,
      );
    }
    const name = literal("string", byteString(field));
    return testOnly ? { op: "has-member", type: "bool", of, name } : { op: "member", type: "dyn", of, name };
  }

  #attribute(name: string, root: string, testOnly: boolean, part: CelSyntax): CelNode | undefined {
    if (!isCelAttribute(name)) return this.#unknownName(name, part, root);
    if (name === "request.headers") {
      if (testOnly) return literal("bool", true);
      return this.refuse("header-names", part);
    }
    return testOnly
      ? { op: "has-attribute", type: "bool", attribute: name }
      : { op: "attribute", type: celAttributes[name].type, attribute: name };
  }

  #unknownName(name: string, part: CelSyntax, root = name): undefined {
    if (TYPE_NAMES.has(name)) return this.refuse("types", part);
    if (root === "google" || root === "math" || root === "optional")
      return this.refuse(root === "google" ? "messages" : "extensions", part);
    const known = Object.keys(celAttributes);
    const [hint] = known.filter((attribute) => attribute.startsWith(`${name}.`));
    if (hint !== undefined) {
      return this.fault(
        "name",
        part,
        `\`${name}\` alone is no value`,
        `say which attribute of it, such as \`${hint}\``,
      );
    }
    return this.fault(
      "name",
      part,
      `there is no attribute \`${name}\``,
      didYouMean(name, known) ?? "the guide to conditions lists all attributes",
    );
  }
}

const PSEUDO_HEADERS = [":method", ":path", ":authority", ":scheme", ":protocol"];

const TYPE_NAMES = new Set([..."bool int uint double string bytes list map null_type type dyn".split(" ")]);

export function literal(type: CelScalar, value: CelConstant): CelNode {
  return { op: "literal", type, value };
}

/** A written list; its elements' type only where it is one. */
export function listOf(elements: readonly CelNode[]): CelNode & { readonly op: "list" } {
  const [first] = elements;
  const one = first && elements.every((element) => sameType(element.type, first.type));
  return { op: "list", type: { list: one ? first.type : undefined }, elements };
}

/** Whether this is `request.headers`. */
export function isHeaders(part: CelSyntax): boolean {
  if (part.exprKind.case !== "selectExpr") return false;
  const { operand, field, testOnly } = part.exprKind.value;
  return (
    !testOnly &&
    field === "headers" &&
    operand?.exprKind.case === "identExpr" &&
    operand.exprKind.value.name === "request"
  );
}

/** A text that is written out, or undefined. */
export function writtenText(part: CelSyntax | undefined): string | undefined {
  if (part?.exprKind.case !== "constExpr") return undefined;
  const { constantKind } = part.exprKind.value;
  return constantKind.case === "stringValue" ? constantKind.value : undefined;
}
