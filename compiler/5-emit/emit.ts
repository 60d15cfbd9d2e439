// Plan → AssemblyScript source. The emitted file reads from top to bottom as the request travels: what is read, who may
// pass, how fast, which road, and what the response gets.
import { CHANGE_REFUSED, detailsOf, grpcStatus, NO_RULE_MATCHED, UNREADABLE } from "../ir/details.ts";
import type { HeaderChange, KeyPart, Origin, Rule } from "../ir/program.ts";
import { maskOf } from "../net/block.ts";
import type {
  Plan,
  PlannedArm,
  PlannedLimit,
  PlannedRouteRule,
  PlannedRoutes,
  PlannedSplit,
} from "../4-plan/plan.ts";
import { positionOf, type Span } from "../source/span.ts";
import { conditionLines, hex, indent, type Names } from "./condition.ts";
import { comment, constantCase, Literals, unique } from "./literals.ts";

/** An emitted program. */
export interface EmittedSource {
  readonly text: string;
  /** For each line of the text (from 1) the place in a policy it was made from, where there is one. */
  readonly origins: ReadonlyMap<number, Span>;
}

const SDK = "proxy-wasm-assemblyscript-sdk";
const RUNTIME = "tollgate/runtime";

/** Emits the source of a plan; `version` is Tollgate's, for the first line. */
export function emit(plan: Plan, version: string): EmittedSource {
  return new Emitter(plan, version).emit();
}

class Emitter implements Names {
  readonly literals = new Literals();
  readonly #plan: Plan;
  readonly #version: string;
  readonly #imports = new Map<string, Set<string>>();
  readonly #slots = new Map<string, string>();
  readonly #functions = new Set<string>();
  readonly #body: string[] = [];
  readonly #bodyOrigins = new Map<number, Span>();

  constructor(plan: Plan, version: string) {
    this.#plan = plan;
    this.#version = version;
    const taken = new Set<string>();
    for (const header of plan.slots) this.#slots.set(header, unique(constantCase(header), taken));
  }

  slot(header: string): string {
    const name = this.#slots.get(header);
    if (name === undefined) throw new Error(`header ${header} was not planned`);
    return name;
  }

  runtime(module: string, name: string): string {
    return this.#import(`${RUNTIME}/${module}`, name);
  }

  emit(): EmittedSource {
    const { limits, routes, remembers, authorization } = this.#plan;
    const decides = authorization.anyAllowPolicy || authorization.deny.length > 0;
    if (limits.length > 0) this.#configure();
    this.#requestHeaders(decides);
    if (this.#plan.slots.length > 0) this.#readRequest();
    if (decides) this.#authorize();
    if (limits.length > 0) this.#limit();
    if (routes.length > 0) this.#route();
    if (remembers) this.#responseHeaders();
    const head = this.#head();
    const origins = new Map([...this.#bodyOrigins].map(([line, span]) => [line + head.length, span]));
    const literals = this.literals.declarations();
    // Last, since they are for machines: every text of a policy is a list of bytes.
    const tail = literals.length > 0 ? ["", "// Texts of the policies.", ...literals] : [];
    return { text: [...head, ...this.#body, ...tail].join("\n") + "\n", origins };
  }

  #import(module: string, name: string): string {
    const names = this.#imports.get(module) ?? new Set();
    this.#imports.set(module, names.add(name));
    return name;
  }

  #line(...lines: string[]): void {
    this.#body.push(...lines);
  }

  #lineFor(span: Span, ...lines: string[]): void {
    for (const line of lines) {
      this.#body.push(line);
      this.#bodyOrigins.set(this.#body.length, span);
    }
  }

  #head(): string[] {
    const { bundle, slots, limits } = this.#plan;
    const imports = [...this.#imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([module, names]) => importLines(module, [...names].sort()));
    const constants = [...this.#slots].map(
      ([header, name], index) => `const ${name}: u32 = ${index}; // ${comment(header)}`,
    );
    return [
      `// Bundle ${comment(bundle)}, compiled by tollgate ${this.#version}. Do not edit: change the policies instead.`,
      ...imports,
      "",
      `export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "${SDK}/abi/exports";`,
      ...(slots.length > 0
        ? [
            "",
            "// The request headers that policies look at; a slot holds every value of a repeated header.",
            ...constants,
            `const SLOTS: usize = memory.data(${slots.length * 8}, 4);`,
          ]
        : []),
      ...(limits.length > 0
        ? [
            "",
            "// Where each limit's buckets are.",
            ...limits.map((_, i) => `const BUCKETS_${i}: usize = memory.data(8, 4);`),
          ]
        : []),
    ];
  }

  #configure(): void {
    this.#line("", "/** Makes room for the buckets; without it the configuration is refused. */");
    this.#line("export function proxy_on_configure(context: u32, size: u32): u32 {");
    this.#line(`  ${this.runtime("limit-key", "seedKeys")}();`);
    const reserve = this.runtime("token-bucket", "reserveBuckets");
    const calls = this.#plan.limits.map((limit, i) => `${reserve}(BUCKETS_${i}, ${limit.sets})`);
    this.#line(`  return ${calls.join(" && ")} ? 1 : 0;`, "}");
  }

  #requestHeaders(decides: boolean): void {
    const { slots, limits, routes } = this.#plan;
    const actions = this.#import(`${SDK}/abi/numbers`, "HeadersAction");
    this.#line(
      "",
      "export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {",
    );
    this.#line(`  ${this.runtime("request", "beginRequest")}();`);
    if (slots.length > 0) {
      this.#line(`  if (!readRequest()) return ${this.#refuse(431, UNREADABLE, "", grpcStatus.exhausted)};`);
    }
    if (decides) this.#line(`  if (authorize() != ${actions}.Continue) return ${actions}.StopIteration;`);
    if (limits.length > 0)
      this.#line(`  if (limit() != ${actions}.Continue) return ${actions}.StopIteration;`);
    if (routes.length > 0) {
      this.#line(
        `  if (!route(stream)) return ${this.#refuse(500, CHANGE_REFUSED, "", grpcStatus.internal)};`,
      );
    }
    this.#line(`  return ${actions}.Continue;`, "}");
  }

  #readRequest(): void {
    const bySize = new Map<number, string[]>();
    for (const header of this.#plan.slots)
      bySize.set(header.length, [...(bySize.get(header.length) ?? []), header]);
    const nameIs = this.runtime("request", "nameIs");
    this.#line("", "/** Reads all headers in one host call and keeps those that policies look at. */");
    this.#line("function readRequest(): bool {");
    this.#line(`  ${this.runtime("request", "readHeaders")}(SLOTS, ${this.#plan.slots.length});`);
    this.#line(`  while (${this.runtime("request", "nextHeader")}()) {`);
    this.#line(`    switch (${this.runtime("request", "nameSize")}()) {`);
    for (const [size, headers] of [...bySize].sort(([a], [b]) => a - b)) {
      this.#line(`      case ${size}:`);
      headers.forEach((header, i) => {
        const keep = this.runtime("request", header === ":path" ? "keepPath" : "keep");
        const test = `if (${nameIs}(${this.literals.of(header).pointer})) ${keep}(${this.slot(header)});`;
        this.#line(`        ${i > 0 ? "else " : ""}${test}`);
      });
      this.#line("        break;");
    }
    this.#line("    }", "  }");
    this.#line(`  return ${this.runtime("request", "headersComplete")}();`, "}");
  }

  #authorize(): void {
    const { deny, allow, anyAllowPolicy } = this.#plan.authorization;
    const denied = this.#plan.responses.denied;
    const actions = this.#import(`${SDK}/abi/numbers`, "HeadersAction");
    const named = (rules: readonly Rule[], action: string): { rule: Rule; name: string }[] =>
      rules.map((rule) => ({ rule, name: this.#functionName(action, rule.origin) }));
    const denials = named(deny, "deny");
    const allowances = named(allow, "allow");
    this.#line(
      "",
      "/** DENY rules first; then, where ALLOW policies apply, one of their rules must match. */",
    );
    this.#line("function authorize(): u32 {");
    for (const { rule, name } of denials) {
      const details = detailsOf("authorization", rule.origin);
      this.#lineFor(
        rule.origin.span,
        `  if (${name}()) return ${this.#refuse(denied.status, details, denied.body, grpcStatus.denied)};`,
      );
    }
    for (const { rule, name } of allowances) {
      this.#lineFor(rule.origin.span, `  if (${name}()) return ${actions}.Continue;`);
    }
    const last = anyAllowPolicy
      ? this.#refuse(denied.status, NO_RULE_MATCHED, denied.body, grpcStatus.denied)
      : `${actions}.Continue`;
    this.#line(`  return ${last};`, "}");
    for (const { rule, name } of [...denials, ...allowances]) {
      this.#line("", `/** ${place(rule.origin)} */`);
      this.#line(`function ${name}(): bool {`);
      this.#returnCondition(rule.when, rule.origin.span);
      this.#line("}");
    }
  }

  #returnCondition(when: Rule["when"], span: Span): void {
    const lines = conditionLines(when, this);
    if (lines.length === 1) this.#lineFor(span, `  return ${lines[0] ?? ""};`);
    else this.#lineFor(span, "  return (", ...lines.map((line) => indent(indent(line))), "  );");
  }

  #limit(): void {
    const { limits, responses } = this.#plan;
    const actions = this.#import(`${SDK}/abi/numbers`, "HeadersAction");
    this.#line("", "/** Every limit must have room; only then does the request take from them. */");
    this.#line("function limit(): u32 {");
    this.#line(`  const time = ${this.runtime("limit-key", "now")}();`);
    this.#line("  let longest: u64 = 0;", "  let refusing: u32 = 0;");
    limits.forEach((limit, i) => {
      const { rate, cost, capacity, fillTime } = limit.bucket;
      this.#lineFor(
        limit.origin.span,
        `  // ${place(limit.origin)}: ${comment(limit.bucket.words)}`,
        `  const key${i} = ${this.#keyExpression(limit, i)};`,
        `  const bucket${i} = ${this.runtime("token-bucket", "findBucket")}(BUCKETS_${i}, key${i}, time, ${rate}, ${fillTime});`,
        `  const wait${i} = ${this.runtime("token-bucket", "waitTime")}(bucket${i}, key${i}, time, ${capacity}, ${cost}, ${rate}, ${fillTime});`,
        `  if (wait${i} > longest) {`,
        `    longest = wait${i};`,
        `    refusing = ${i};`,
        "  }",
      );
    });
    this.#line("  if (longest != 0) {", "    switch (refusing) {");
    limits.forEach((limit, i) => {
      const details = this.#why(detailsOf("rate-limiting", limit.origin));
      const body = this.literals.of(responses.limited.body).arguments;
      const call = `${this.runtime("respond", "refuseForNow")}(${responses.limited.status}, ${details}, ${body}, ${grpcStatus.limited}, longest)`;
      const label = i === limits.length - 1 ? "default" : `case ${i}`;
      this.#lineFor(limit.origin.span, `      ${label}:`, `        return ${call};`);
    });
    this.#line("    }", "  }");
    limits.forEach((limit, i) => {
      const { rate, cost, fillTime } = limit.bucket;
      const take = this.runtime("token-bucket", "take");
      this.#lineFor(
        limit.origin.span,
        `  ${take}(bucket${i}, key${i}, time, ${cost}, ${rate}, ${fillTime});`,
      );
    });
    this.#line(`  return ${actions}.Continue;`, "}");
  }

  #keyExpression(limit: PlannedLimit, index: number): string {
    return limit.key.reduce(
      (key, part) => this.#keyPart(key, part),
      `${this.runtime("limit-key", "beginKey")}(${index})`,
    );
  }

  #keyPart(key: string, part: KeyPart): string {
    if (part.kind === "header")
      return `${this.runtime("limit-key", "addHeader")}(${key}, ${this.slot(part.name)})`;
    const v6 = maskOf(128, part.v6Bits);
    const masks = [maskOf(32, part.v4Bits), v6 >> 64n, v6 & 0xffffffffffffffffn].map(hex).join(", ");
    return `${this.runtime("limit-key", "addPeer")}(${key}, ${masks})`;
  }

  #route(): void {
    const { routes, remembers } = this.#plan;
    const names = routes.map((policy) => unique(`route_${identifier(policy.policy)}`, this.#functions));
    if (remembers) {
      this.#line("", "// What the response will get: for each policy the number of its changes, 0 for none.");
      this.#line("let response: u64 = 0;");
    }
    this.#line(
      "",
      "/** In each policy the first rule that matches decides; false where the proxy refused a change. */",
    );
    this.#line("function route(stream: u32): bool {");
    if (remembers) this.#line("  response = 0;");
    this.#line(`  if (${names.map((name) => `!${name}()`).join(" || ")}) return false;`);
    this.#line(
      remembers
        ? `  return response == 0 || ${this.runtime("streams", "remember")}(stream, response);`
        : "  return true;",
      "}",
    );
    routes.forEach((policy, i) => {
      this.#line("", `/** ${comment(policy.policy)} */`, `function ${names[i] ?? ""}(): bool {`);
      let reachable = true;
      for (const rule of policy.rules) {
        if (!reachable) break;
        reachable = this.#routeRule(policy, rule);
      }
      if (reachable) this.#line("  return true;");
      this.#line("}");
    });
  }

  /** @returns whether a request may pass this rule by */
  #routeRule(policy: PlannedRoutes, planned: PlannedRouteRule): boolean {
    const { rule, when } = planned;
    const span = rule.origin.span;
    const always = when.op === "constant";
    const title = rule.name === rule.origin.part ? "" : ` (${comment(rule.name)})`;
    this.#lineFor(span, `  // ${place(rule.origin)}${title}`);
    if (always) {
      this.#applyRule(policy, planned, "  ");
      return false;
    }
    const lines = conditionLines(when, this);
    if (lines.length === 1) this.#lineFor(span, `  if (${lines[0] ?? ""}) {`);
    else this.#lineFor(span, "  if (", ...lines.map((line) => indent(indent(line))), "  ) {");
    this.#applyRule(policy, planned, "    ");
    this.#line("  }");
    return true;
  }

  #applyRule(policy: PlannedRoutes, planned: PlannedRouteRule, pad: string): void {
    const span = planned.rule.origin.span;
    if (!planned.split) {
      this.#remember(policy, planned.response, pad, span);
      this.#lineFor(span, `${pad}return ${this.#changes("Request", planned.request)};`);
      return;
    }
    if (planned.request.length > 0) {
      this.#lineFor(span, `${pad}if (!(${this.#changes("Request", planned.request)})) return false;`);
    }
    this.#split(policy, planned.split, pad, span);
  }

  #split(policy: PlannedRoutes, split: PlannedSplit, pad: string, span: Span): void {
    const sticky = [
      ...split.stickyBy.map((key) =>
        key.kind === "peer"
          ? `${this.runtime("split", "stickToPeer")}()`
          : `${this.runtime("split", "stickToHeader")}(${this.slot(key.name)})`,
      ),
      `${this.runtime("split", "stickToHeader")}(${this.slot("x-request-id")})`,
      `${this.runtime("split", "stickToNothing")}()`,
    ];
    this.#lineFor(span, `${pad}${sticky.join(" || ")};`, `${pad}${this.runtime("split", "beginSplit")}();`);
    split.arms.forEach((arm, i) => {
      const draw = this.runtime("split", "drawArm");
      this.#lineFor(span, `${pad}${draw}(${i}, ${hex(arm.seed)}, ${arm.weight}); // ${comment(arm.name)}`);
    });
    this.#lineFor(span, `${pad}switch (${this.runtime("split", "chosenArm")}()) {`);
    split.arms.forEach((arm, i) => {
      const label = i === split.arms.length - 1 ? "default" : `case ${i}`;
      this.#lineFor(span, `${pad}  ${label}: // ${comment(arm.name)}`);
      this.#applyArm(policy, arm, `${pad}    `, span);
    });
    this.#line(`${pad}}`);
  }

  #applyArm(policy: PlannedRoutes, arm: PlannedArm, pad: string, span: Span): void {
    this.#remember(policy, arm.response, pad, span);
    this.#lineFor(span, `${pad}return ${this.#changes("Request", arm.request)};`);
  }

  #remember(policy: PlannedRoutes, number: number, pad: string, span: Span): void {
    if (number === 0) return;
    this.#lineFor(span, `${pad}response |= ${hex(BigInt(number) << BigInt(policy.shift))};`);
  }

  #changes(map: "Request" | "Response", changes: readonly HeaderChange[]): string {
    if (changes.length === 0) return "true";
    const maps = this.#import(`${SDK}/abi/numbers`, "HeaderMap");
    return changes
      .map((change) => {
        const name = this.literals.of(change.name).arguments;
        return change.op === "remove"
          ? `${this.runtime("respond", "removeHeader")}(${maps}.${map}, ${name})`
          : `${this.runtime("respond", "setHeader")}(${maps}.${map}, ${name}, ${this.literals.of(change.value).arguments})`;
      })
      .join(" && ");
  }

  #responseHeaders(): void {
    const actions = this.#import(`${SDK}/abi/numbers`, "HeadersAction");
    const reset = this.#import(`${SDK}/abi/arena`, "resetArena");
    this.#line(
      "",
      "export function proxy_on_response_headers(stream: u32, count: u32, endOfStream: u32): u32 {",
    );
    this.#line(`  ${reset}();`, `  const chosen = ${this.runtime("streams", "recall")}(stream);`);
    const failed = this.#refuse(500, CHANGE_REFUSED, "", grpcStatus.internal);
    for (const policy of this.#plan.routes) {
      if (policy.bits === 0) continue;
      this.#line(`  // ${comment(policy.policy)}`);
      const mask = hex((1n << BigInt(policy.bits)) - 1n);
      this.#line(`  switch (<u32>((chosen >>> ${policy.shift}) & ${mask})) {`);
      policy.responses.forEach((changes, i) => {
        this.#line(
          `    case ${i + 1}:`,
          `      if (!(${this.#changes("Response", changes)})) return ${failed};`,
        );
        this.#line("      break;");
      });
      this.#line("  }");
    }
    this.#line(`  return ${actions}.Continue;`, "}");
    this.#line("", "export function proxy_on_delete(stream: u32): void {");
    this.#line(`  ${this.runtime("streams", "forget")}(stream);`, "}");
  }

  #refuse(status: number, details: string, body: string, grpc: number): string {
    const literals = [this.#why(details), this.literals.of(body).arguments].join(", ");
    return `${this.runtime("respond", "refuse")}(${status}, ${literals}, ${grpc})`;
  }

  /** Response-code details, named after what refuses. */
  #why(details: string): string {
    const name = identifier(details.replace(/^tollgate:[^:]*:/, "")).toUpperCase();
    return this.literals.of(details, `WHY_${name}`).arguments;
  }

  #functionName(action: string, origin: Origin): string {
    return unique(`${action}_${identifier(origin.policy)}_${identifier(origin.part)}`, this.#functions);
  }
}

function identifier(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
}

function place(origin: Origin): string {
  const { line } = positionOf(origin.span.file, origin.span.start);
  return comment(`${origin.policy} ${origin.part}, ${origin.span.file.path}:${line}`);
}

function importLines(module: string, names: readonly string[]): string[] {
  const line = `import { ${names.join(", ")} } from "${module}";`;
  return line.length <= 110
    ? [line]
    : ["import {", ...names.map((name) => `  ${name},`), `} from "${module}";`];
}
