// A CEL expression as a function in AssemblyScript that answers 0 (false), 1 (true) or 2 (error): straight-line code over
// the runtime's functions. Errors leave the innermost block that may absorb them, which is all that `&&` and `||` need.
import type { Regex } from "../automata/regex.ts";
import { celAttributes, type CelAttributeName } from "../cel/attributes.ts";
import type {
  CelCall,
  CelExpression,
  CelLiteral,
  CelNode,
  CelOrder,
  CelQuantifier,
} from "../cel/expression.ts";
import { readsOf } from "../cel/reads.ts";
import { isNumeric, type CelType } from "../cel/types.ts";
import { comment, unique, type Literals, type Taken } from "./literals.ts";

/** What the emitted function is written with; a `Writer` is one. */
export interface CelWriter {
  readonly literals: Literals;
  readonly functions: Taken;
  /** Imports a function of the runtime and returns its name. */
  runtime(module: string, name: string): string;
  line(...lines: string[]): void;
}

/** Where the emitted function finds what only the filter around it knows. */
export interface CelReads {
  /** An expression for the number of the slot that holds all values of a header as they came: `:path` with its query. */
  header(name: string): string;
  /** An expression of type `u64` for the payload of the verified token: address, and size << 32; 0 where there is none. */
  claims(): string;
  /** The name of a function `(pointer: usize, size: u32): bool`: whether the whole text matches. */
  regex(regex: Regex): string;
}

/**
 * Writes the function and returns its name. It takes nothing, answers a `u32` (0, 1, or 2: an error), allocates nothing and
 * never traps. Call it inside a callback, after the request's headers were read into their slots.
 */
export function emitCel(expression: CelExpression, writer: CelWriter, reads: CelReads): string {
  const name = unique("cel", writer.functions);
  const body = new Body(writer, reads);
  const outcome = body.outcome(expression.root);
  writer.line("", `/** ${comment(expression.text)} */`, `function ${name}(): u32 {`);
  if (body.usesScratch) writer.line(`  ${writer.runtime("cel-scratch", "releaseScratch")}(0);`);
  writer.line(...body.lines.map((line) => `  ${line}`));
  writer.line(`  return ${outcome.canFail ? outcome.value : `<u32>${parenthesised(outcome.value)}`};`, "}");
  return name;
}

/** A truth value or an error: a `bool` expression, or, where it can be an error, a `u32` variable. */
interface Outcome {
  readonly value: string;
  readonly canFail: boolean;
}

const typesInAs: Readonly<Record<Exclude<CelType, object>, string>> = {
  bool: "bool",
  int: "i64",
  uint: "u64",
  double: "f64",
  string: "u64",
  bytes: "u64",
  null: "bool",
  timestamp: "i64",
  duration: "i64",
  dyn: "u64",
  headers: "u64",
};

export function typeInAs(type: CelType): string {
  return typeof type === "object" ? "u64" : typesInAs[type];
}

/** The most operands in one expression: deeper ones asc's own recursion cannot follow. */
const MAX_OPERANDS = 16;

export class Body {
  lines: string[] = [];
  usesScratch = false;
  readonly #writer: CelWriter;
  readonly #reads: CelReads;
  readonly #variables = new Map<number, string>();
  #names = 0;
  #fails = false;

  constructor(writer: CelWriter, reads: CelReads) {
    this.#writer = writer;
    this.#reads = reads;
  }

  /** Evaluates any value: statements for a block that errors leave, whether any does, and the value behind them. */
  value(node: CelNode): {
    readonly lines: readonly string[];
    readonly fails: boolean;
    readonly result: string;
  } {
    return this.#apart(() => this.strict(node));
  }

  /** Evaluates a truth value; errors end here. */
  outcome(node: CelNode): Outcome {
    if (node.op === "and") return this.#joined(node.of, "false");
    if (node.op === "or") return this.#joined(node.of, "true");
    if (node.op === "not") {
      const of = this.outcome(node.of);
      if (!of.canFail) return { value: `!${parenthesised(of.value)}`, canFail: false };
      return { value: this.#declare("u32", `${of.value} == 2 ? 2 : ${of.value} ^ 1`), canFail: true };
    }
    const { lines, fails, result } = this.value(node);
    if (!fails) {
      this.lines.push(...lines);
      return { value: result, canFail: false };
    }
    const name = this.#name("o");
    this.lines.push(`let ${name}: u32 = 2;`, "do {", ...lines.map(indent));
    this.lines.push(`  ${name} = <u32>${parenthesised(result)};`, "} while (false);");
    return { value: name, canFail: true };
  }

  #joined(of: readonly CelNode[], decisive: "true" | "false"): Outcome {
    const { lines, result } = this.#apart(() => {
      const joined = this.#name(decisive === "true" ? "or" : "and");
      const not = decisive === "true" ? "" : "!";
      const decided = decisive === "true" ? "1" : "0";
      const outcomes = cheapestFirst(of).map((part) => {
        const { lines: asked, result: outcome, scratch } = this.#apart(() => this.outcome(part));
        // What a part put together nobody looks at any more.
        const mark = scratch && outcome.canFail ? this.#name("mark") : undefined;
        if (mark !== undefined)
          this.lines.push(`const ${mark} = ${this.#runtime("cel-scratch", "scratchMark")}();`);
        this.lines.push(...asked);
        if (mark !== undefined)
          this.lines.push(`${this.#runtime("cel-scratch", "releaseScratch")}(${mark});`);
        const decides = outcome.canFail
          ? `${outcome.value} == ${decided}`
          : `${not}${parenthesised(outcome.value)}`;
        this.lines.push(`if (${decides}) {`, `  ${joined} = ${decided};`, "  break;", "}");
        if (outcome.canFail) this.lines.push(`if (${outcome.value} == 2) ${joined} = 2;`);
        return outcome;
      });
      return { name: joined, canFail: outcomes.some((outcome) => outcome.canFail) };
    });
    const { name, canFail } = result;
    this.lines.push(`let ${name}: u32 = ${decisive === "true" ? "0" : "1"};`);
    this.lines.push("do {", ...lines.map(indent), "} while (false);");
    return { value: canFail ? name : `${name} == 1`, canFail };
  }

  /** Evaluates a node; answers an expression that can be repeated. An error leaves the block around. */
  strict(node: CelNode): string {
    switch (node.op) {
      case "literal":
        return this.#literal(node);
      case "error":
        this.#failIf("true");
        return zeroOf(node.type);
      case "attribute":
        return this.#attribute(node.attribute);
      case "has-attribute":
        return this.#hasAttribute(node.attribute);
      case "header":
        return this.#tried(
          "u64",
          `${this.#runtime("cel-text", "headerText")}(${this.#reads.header(node.name)})`,
        );
      case "has-header":
        return `${this.#runtime("cel-text", "hasHeader")}(${this.#reads.header(node.name)})`;
      case "variable":
        return this.#variables.get(node.id) ?? zeroOf(node.type);
      case "let": {
        const value = this.strict(node.value);
        this.#variables.set(node.id, this.#declare(typeInAs(node.value.type), value));
        return this.strict(node.body);
      }
      case "and":
      case "or":
      case "not": {
        const outcome = this.outcome(node);
        if (!outcome.canFail) return outcome.value;
        this.#failIf(`${outcome.value} == 2`);
        return `${outcome.value} == 1`;
      }
      case "conditional":
        return this.#conditional(node.condition, node.then, node.otherwise);
      case "equal":
        return this.#equal(node.left.type, this.strict(node.left), node.right.type, this.strict(node.right));
      case "compare":
        return this.#compare(node.operator, node.left, node.right);
      case "in-list": {
        const value = this.strict(node.value);
        const elements = node.elements.map((element) => this.strict(element));
        const equals = elements.map((element, i) =>
          this.#equal(node.value.type, value, node.elements[i]?.type ?? node.value.type, element),
        );
        return this.#chain("||", equals);
      }
      case "in-dyn":
        return this.#isIn(node.value, node.of);
      case "list":
        // Only whether it is an error matters: what looks into lists was resolved by the checker.
        node.elements.forEach((element) => this.strict(element));
        return "<u64>0";
      case "pick": {
        const elements = node.elements.map((element) => this.strict(element));
        return elements[node.index] ?? zeroOf(node.type);
      }
      case "lists-equal": {
        const left = node.left.map((element) => this.strict(element));
        const right = node.right.map((element) => this.strict(element));
        const equals = left.map((element, i) =>
          this.#equal(node.left[i]?.type ?? "null", element, node.right[i]?.type ?? "null", right[i] ?? ""),
        );
        return this.#chain("&&", equals);
      }
      case "exactly-one": {
        const count = this.#name("count");
        this.lines.push(`let ${count}: u32 = 0;`);
        for (const part of node.of) this.lines.push(`${count} += <u32>${parenthesised(this.strict(part))};`);
        return `${count} == 1`;
      }
      case "quantifier":
        return this.#quantifier(node);
      case "member":
        this.usesScratch = true;
        return this.#tried("u64", this.#json("jsonMember", this.strict(node.of), this.strict(node.name)));
      case "has-member":
        this.usesScratch = true;
        return `${this.#tried("u64", this.#json("jsonFind", this.strict(node.of), this.strict(node.name)))} != 0`;
      case "element":
        return this.#tried("u64", this.#json("jsonElement", this.strict(node.of), this.strict(node.index)));
      case "as": {
        this.usesScratch = true;
        const read = { bool: "jsonBool", double: "jsonNumber", string: "jsonText" }[node.type];
        return this.#tried(typeInAs(node.type), this.#json(read, this.strict(node.of)));
      }
      case "matches": {
        const of = this.#declare("u64", this.strict(node.of));
        const pointer = `${this.#runtime("cel-text", "pointerOf")}(${of})`;
        const size = `${this.#runtime("cel-text", "sizeOf")}(${of})`;
        return `${this.#reads.regex(node.regex)}(${pointer}, ${size})`;
      }
      case "call":
        return this.#call(node);
    }
  }

  #conditional(asked: CelNode, then: CelNode, otherwise: CelNode): string {
    const condition = this.strict(asked);
    const name = this.#name("v");
    const branches = [then, otherwise].map((branch) => {
      const { lines, fails, result } = this.value(branch);
      this.#fails ||= fails;
      return [...lines, `${name} = ${result};`].map(indent);
    });
    this.lines.push(`let ${name}: ${typeInAs(then.type)} = ${zeroOf(then.type)};`);
    this.lines.push(`if (${condition}) {`, ...(branches[0] ?? []), "} else {", ...(branches[1] ?? []), "}");
    return name;
  }

  /** Both sides are repeatable expressions. */
  #equal(leftType: CelType, left: string, rightType: CelType, right: string): string {
    if (rightType === "dyn") return this.#equal(rightType, right, leftType, left);
    if (leftType === "dyn") {
      if (rightType === "string") return this.#json("jsonIsText", left, right);
      if (rightType === "bool") return this.#json("jsonIsBool", left, right);
      if (rightType === "null") return this.#json("jsonIsNull", left);
      return this.#json("jsonIsNumber", left, cast("f64", right));
    }
    if (leftType === "string" || leftType === "bytes") {
      return `${this.#runtime("cel-text", "textEquals")}(${left}, ${right})`;
    }
    return this.#numbersInOrder("==", leftType, left, rightType, right);
  }

  #numbersInOrder(
    operator: CelOrder | "==",
    leftType: CelType,
    left: string,
    rightType: CelType,
    right: string,
  ): string {
    const compare = this.#runtime.bind(this, "cel-numbers", "compareIntUint");
    if (leftType === "int" && rightType === "uint") return `${compare()}(${left}, ${right}) ${operator} 0`;
    if (leftType === "uint" && rightType === "int")
      return `${compare()}(${right}, ${left}) ${turned[operator]} 0`;
    if (leftType !== rightType) return `${cast("f64", left)} ${operator} ${cast("f64", right)}`;
    return `${parenthesised(left)} ${operator} ${parenthesised(right)}`;
  }

  #compare(operator: CelOrder, left: CelNode, right: CelNode): string {
    const [a, b] = [this.strict(left), this.strict(right)];
    let type = left.type;
    let value = a;
    if (type === "dyn") {
      this.usesScratch = true;
      type = isNumeric(right.type) ? "double" : right.type;
      const read = type === "double" ? "jsonNumber" : type === "string" ? "jsonText" : "jsonBool";
      value = this.#tried(typeInAs(type), this.#json(read, a));
    }
    if (type === "string" || type === "bytes") {
      return `${this.#runtime("cel-text", "compareTexts")}(${value}, ${b}) ${operator} 0`;
    }
    if (type === "bool") return `${cast("u32", value)} ${operator} ${cast("u32", b)}`;
    return this.#numbersInOrder(operator, type, value, right.type, b);
  }

  #isIn(value: CelNode, of: CelNode): string {
    this.usesScratch = true;
    const [found, container] = [this.strict(value), this.strict(of)];
    if (of.type !== "dyn") return `${this.#runtime("cel-auth", "hasAudience")}(${container}, ${found})`;
    if (value.type === "string") return this.#tried("bool", this.#json("jsonHasText", container, found));
    if (value.type === "bool") return this.#tried("bool", this.#json("jsonHasBool", container, found));
    if (value.type === "null") return this.#tried("bool", this.#json("jsonHasNull", container));
    return this.#tried("bool", this.#json("jsonHasNumber", container, cast("f64", found)));
  }

  /** Operands joined, a few at a time. */
  #chain(operator: "&&" | "||", operands: readonly string[]): string {
    const groups: string[] = [];
    for (let i = 0; i < operands.length; i += MAX_OPERANDS) {
      groups.push(operands.slice(i, i + MAX_OPERANDS).join(` ${operator} `));
    }
    const [only] = groups;
    if (only === undefined) return operator === "&&" ? "true" : "false";
    if (groups.length === 1) return groups[0]?.includes(operator) ? `(${only})` : only;
    const name = this.#name("any");
    this.lines.push(`let ${name}: bool = ${only};`);
    const goesOn = operator === "&&" ? name : `!${name}`;
    for (const group of groups.slice(1)) this.lines.push(`if (${goesOn}) ${name} = ${group};`);
    return name;
  }

  #quantifier({ quantifier, over, id, body }: CelQuantifier): string {
    this.usesScratch = true;
    const json = over.type === "dyn";
    const list = this.#declare("u64", this.strict(over));
    const module = json ? "cel-json" : "cel-auth";
    const first = `${this.#runtime(module, json ? "jsonFirst" : "firstAudience")}(${list})`;
    const entry = this.#name("e");
    const next = `${this.#runtime(module, json ? "jsonNext" : "nextAudience")}(${list}, ${entry})`;
    const start = json ? this.#tried("u64", first) : first;
    const result = this.#name("q");
    const { lines } = this.#apart(() => {
      const mark = this.#declare("u32", `${this.#runtime("cel-scratch", "scratchMark")}()`);
      const outcome = this.#apart(() => {
        // An audience whose escapes there is no room for.
        if (!json) this.#variables.set(id, this.#tried("u64", this.#json("jsonText", entry)));
        else this.#variables.set(id, entry);
        return this.strict(body);
      });
      const name = this.#name("o");
      this.lines.push(`let ${name}: u32 = 2;`, "do {", ...outcome.lines.map(indent));
      this.lines.push(`  ${name} = <u32>${parenthesised(outcome.result)};`, "} while (false);");
      this.lines.push(`${this.#runtime("cel-scratch", "releaseScratch")}(${mark});`);
      if (quantifier === "exists_one") {
        this.lines.push(`if (${name} == 2) {`, `  ${result} = u32.MAX_VALUE;`, "  break;", "}");
        this.lines.push(`${result} += ${name};`);
      } else {
        const decided = quantifier === "exists" ? 1 : 0;
        this.lines.push(`if (${name} == ${decided}) {`, `  ${result} = ${decided};`, "  break;", "}");
        this.lines.push(`if (${name} == 2) ${result} = 2;`);
      }
    });
    this.lines.push(`let ${result}: u32 = ${quantifier === "all" ? 1 : 0};`);
    this.lines.push(`for (let ${entry}: u64 = ${start}; ${entry} != 0; ${entry} = ${next}) {`);
    this.lines.push(...lines.map(indent), "}");
    this.#failIf(quantifier === "exists_one" ? `${result} == u32.MAX_VALUE` : `${result} == 2`);
    return `${result} == 1`;
  }

  #attribute(name: CelAttributeName): string {
    const { from, type } = celAttributes[name];
    switch (from.kind) {
      case "header": {
        const slot = this.#reads.header(from.name);
        const value = this.#tried("u64", `${this.#runtime("cel-text", "headerText")}(${slot})`);
        if (from.part === undefined) return value;
        if (from.part === "lower-case") {
          return this.#tried("u64", `${this.#runtime("cel-text", "lowerCase")}(${value})`);
        }
        const part = from.part === "query" ? "query" : "urlPath";
        return this.#declare("u64", `${this.#runtime("cel-text", part)}(${value})`);
      }
      case "property": {
        const read = type === "bool" ? "propertyBool" : type === "string" ? "propertyText" : "propertyInt";
        const call = this.#property(name, from.notEmpty ? `${read}NotEmpty` : read, from.path);
        return this.#tried(typeInAs(type), call);
      }
      case "headers":
        throw new Error("the headers are no value");
      case "claims":
        return this.#declare("u64", this.#json("claimsOf", this.#reads.claims()));
      case "audiences":
        return this.#declare("u64", `${this.#runtime("cel-auth", "authAudiences")}(${this.#reads.claims()})`);
      case "issuer":
      case "subject":
      case "principal":
        this.usesScratch = true;
        return this.#tried(
          "u64",
          `${this.#runtime("cel-auth", `auth${capital(from.kind)}`)}(${this.#reads.claims()})`,
        );
    }
  }

  #hasAttribute(name: CelAttributeName): string {
    const { from } = celAttributes[name];
    switch (from.kind) {
      case "header":
        return `${this.#runtime("cel-text", "isOneHeader")}(${this.#reads.header(from.name)})`;
      case "property":
        return this.#property(name, from.notEmpty ? "hasPropertyNotEmpty" : "hasProperty", from.path);
      case "headers":
        return "true";
      case "claims":
        return `${this.#reads.claims()} != 0`;
      case "audiences": {
        const audiences = `${this.#runtime("cel-auth", "authAudiences")}(${this.#reads.claims()})`;
        return `${this.#runtime("cel-auth", "firstAudience")}(${audiences}) != 0`;
      }
      case "issuer":
      case "subject":
      case "principal":
        return `${this.#runtime("cel-auth", `has${capital(from.kind)}`)}(${this.#reads.claims()})`;
    }
  }

  #property(name: CelAttributeName, read: string, path: readonly string[]): string {
    const index = properties.indexOf(name);
    const literal = this.#writer.literals.of(path.join("\0"));
    return `${this.#runtime("cel-property", read)}(${index}, ${literal.arguments})`;
  }

  #call({ function: name, type, of }: CelCall): string {
    const operands = of.map((operand) => this.strict(operand));
    const from = of[0]?.type ?? type;
    const [first = "", second = ""] = operands;
    const call = (module: string, called: string, canFail: boolean): string => {
      const text = `${this.#runtime(module, called)}(${operands.join(", ")})`;
      return canFail ? this.#tried(typeInAs(type), text) : text;
    };
    switch (name) {
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        if (from === "string" || from === "bytes") {
          this.usesScratch = true;
          return call("cel-text", "concat", true);
        }
        if (from === "double") return `${parenthesised(first)} ${name} ${parenthesised(second)}`;
        return call("cel-numbers", `${operations[name]}${from === "uint" ? "Uint" : "Int"}`, true);
      case "negate":
        return from === "double" ? `-${parenthesised(first)}` : call("cel-numbers", "negateInt", true);
      case "contains":
        if (isShort(of[1])) return call("cel-text", "textContains", false);
        this.usesScratch = true;
        return call("cel-text", "textContainsAny", true);
      case "startsWith":
      case "endsWith":
        return call("cel-text", `text${capital(name)}`, false);
      case "size":
        if (from === "bytes") return `(<i64>${this.#runtime("cel-text", "sizeOf")}(${first}))`;
        if (from === "string") return call("cel-text", "codePoints", false);
        this.usesScratch = true;
        return from === "dyn" ? call("cel-json", "jsonSize", true) : call("cel-auth", "audienceCount", false);
      case "bool":
        this.usesScratch ||= from === "dyn";
        return from === "dyn"
          ? call("cel-json-numbers", "boolOfJson", true)
          : call("cel-numbers", "boolOfText", true);
      case "int":
      case "uint":
      case "double":
        return this.#toNumber(name, from, first);
      case "string":
        this.usesScratch = true;
        if (from === "dyn") return call("cel-json-numbers", "textOfJson", true);
        if (from === "bytes") return call("cel-text", "textOfBytes", true);
        return call("cel-numbers", `textOf${capital(typeof from === "string" ? from : "")}`, from !== "bool");
      case "bytes":
        return first;
      case "timestamp":
        return call("cel-time", "timestampOfInt", true);
      case "getHours":
      case "getMinutes":
      case "getSeconds":
      case "getMilliseconds":
        return from === "duration"
          ? call("cel-time", partsOfDurations[name], false)
          : call("cel-time", name, false);
      case "getFullYear":
      case "getMonth":
      case "getDate":
      case "getDayOfMonth":
      case "getDayOfWeek":
      case "getDayOfYear":
        return call("cel-time", name, false);
    }
  }

  #toNumber(to: "int" | "uint" | "double", from: CelType, value: string): string {
    if (from === "timestamp") return `${this.#runtime("cel-time", "secondsOf")}(${value})`;
    if (from === "dyn") {
      const name = { int: "intOfJson", uint: "uintOfJson", double: "doubleOfJson" }[to];
      this.usesScratch = true;
      return this.#tried(typeInAs(to), `${this.#runtime("cel-json-numbers", name)}(${value})`);
    }
    if (to === "double" && isNumeric(from)) return cast("f64", value);
    const source = capital(from === "string" ? "text" : typeof from === "string" ? from : "");
    return this.#tried(typeInAs(to), `${this.#runtime("cel-numbers", `${to}Of${source}`)}(${value})`);
  }

  #literal({ type, value }: CelLiteral): string {
    switch (type) {
      case "bool":
        return String(value);
      case "null":
        return "true";
      case "double":
        return `(<f64>${doubleText(value as number)})`;
      case "string":
      case "bytes":
        return value === ""
          ? "<u64>0"
          : `${this.#runtime("cel-text", "text")}(${this.#writer.literals.of(value as string).arguments})`;
      case "uint":
        return `(<u64>${String(value)})`;
      case "int":
      case "timestamp":
      case "duration":
        return (value as bigint) === -(2n ** 63n) ? "i64.MIN_VALUE" : `(<i64>${String(value)})`;
    }
  }

  /** A call that may fail, as a variable. */
  #tried(type: string, call: string): string {
    const name = this.#declare(type, call);
    this.#failIf(`${this.#runtime("cel-failure", "failed")}()`);
    return name;
  }

  #failIf(condition: string): void {
    this.#fails = true;
    this.lines.push(`if (${condition}) break;`);
  }

  #declare(type: string, value: string): string {
    if (/^\w+$/.test(value)) return value;
    const name = this.#name("v");
    this.lines.push(`const ${name}: ${type} = ${value};`);
    return name;
  }

  #json(name: string, ...operands: string[]): string {
    return `${this.#runtime("cel-json", name)}(${operands.join(", ")})`;
  }

  #runtime(module: string, name: string): string {
    return this.#writer.runtime(module, name);
  }

  #name(prefix: string): string {
    return `${prefix}${++this.#names}`;
  }

  /** What `write` writes, whether an error may leave it, and whether it takes room in the scratch area. */
  #apart<T>(write: () => T): { lines: string[]; fails: boolean; scratch: boolean; result: T } {
    const [outer, fails, scratch] = [this.lines, this.#fails, this.usesScratch];
    this.lines = [];
    this.#fails = false;
    this.usesScratch = false;
    const result = write();
    const written = { lines: this.lines, fails: this.#fails, scratch: this.usesScratch, result };
    this.lines = outer;
    this.#fails = fails;
    this.usesScratch ||= scratch;
    return written;
  }
}

/** The properties in the order of their numbers. */
const properties = (Object.keys(celAttributes) as CelAttributeName[]).filter(
  (name) => celAttributes[name].from.kind === "property",
);

/** What asks the host comes last: order means nothing to `&&` and `||`, and a call costs more than all the rest. */
function cheapestFirst(of: readonly CelNode[]): readonly CelNode[] {
  const asksHost = (node: CelNode): number =>
    Number(readsOf(node).attributes.some((name) => celAttributes[name].from.kind === "property"));
  return of.toSorted((a, b) => asksHost(a) - asksHost(b));
}

/** The operator that says the same with its sides changed. */
const turned = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==" } as const;

const operations = { "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo" } as const;

const partsOfDurations = {
  getHours: "hoursOf",
  getMinutes: "minutesOf",
  getSeconds: "wholeSecondsOf",
  getMilliseconds: "millisecondsOf",
} as const;

/** Whether it is a text that was written out, and so short that looking for it plainly is cheap in any text. */
function isShort(node: CelNode | undefined): boolean {
  return node?.op === "literal" && typeof node.value === "string" && node.value.length <= 64;
}

function zeroOf(type: CelType): string {
  const name = typeInAs(type);
  return name === "bool" ? "false" : `<${name}>0`;
}

/** A double as asc reads it: with a point where it would be an integer. */
function doubleText(value: number): string {
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  return /[.eI]/.test(text) ? text : `${text}.0`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A conversion that can stand beside operators: behind `<` asc takes a bare one for something else. */
function cast(type: "f64" | "u32", expression: string): string {
  return `(<${type}>${parenthesised(expression)})`;
}

/** Names and calls as they are, and what stands in parentheses; around everything else there are some now. */
function parenthesised(expression: string): string {
  const [name = ""] = /^[\w.]*/.exec(expression) ?? [];
  return name === expression || closes(expression, name.length) ? expression : `(${expression})`;
}

/** Whether a parenthesis opens here that closes at the very end. */
function closes(expression: string, start: number): boolean {
  let depth = 0;
  for (let i = start; i < expression.length; i++) {
    if (expression[i] === "(") depth++;
    else if (expression[i] === ")") depth--;
    if (depth === 0) return i === expression.length - 1;
  }
  return false;
}

function indent(line: string): string {
  return `  ${line}`;
}
