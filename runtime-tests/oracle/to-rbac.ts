// What a program authorizes, as configurations of Envoy's native RBAC filter: a second implementation to compare with.
import { formatBlock } from "../../compiler/net/block.ts";
import { all, any, not } from "../../compiler/ir/conditions.ts";
import type { Attribute, Authorization, Condition, Predicate, Rule } from "../../compiler/ir/program.ts";
import { regexText } from "./regex-text.ts";

/** `envoy.config.rbac.v3.RBAC`; absent: ALLOW. */
export interface Rbac {
  readonly action?: string;
  readonly policies?: Readonly<Record<string, object>>;
}

/** A condition that RBAC has no words for. */
export class NotInRbac extends Error {}

/**
 * RBAC filters in the order in which they decide: what is refused, and where ALLOW policies apply
 * what is let in. The rule that decides is the first by name. Throws NotInRbac for CEL and cookies.
 */
export function toRbac({ deny, allow, anyAllowPolicy }: Authorization): Rbac[] {
  return [
    ...(deny.length > 0 ? [{ action: "DENY", policies: policiesOf(deny) }] : []),
    ...(anyAllowPolicy ? [{ action: "ALLOW", policies: policiesOf(allow) }] : []),
  ];
}

/** The name of an RBAC policy begins with its rule's place in the list, so that they sort as the rules stand. */
function policiesOf(rules: readonly Rule[]): Record<string, object> {
  return Object.fromEntries(
    rules.flatMap((rule, index) =>
      clausesOf(rule.when).map((clause, i) => [
        `${number(index)}.${number(i)}`,
        {
          permissions: [permission(clause.permission)],
          principals: [principal(clause.principal)],
        },
      ]),
    ),
  );
}

const number = (index: number): string => String(index).padStart(4, "0");

/** The rule that an RBAC policy's name stands for: as above, or as Istio names them. */
export function ruleIndexOf(policy: string): number {
  return Number(/rule\[(\d+)\]$/.exec(policy)?.[1] ?? policy.split(".")[0]);
}

/** What RBAC can say: a condition on what is asked for, and one on who asks. */
interface Clause {
  readonly permission: Condition;
  readonly principal: Condition;
}

const always: Condition = { op: "constant", value: true };

/** A condition as clauses of which one must hold. Those that do not mix the two kinds of questions are left whole. */
function clausesOf(condition: Condition): Clause[] {
  if (!asks(condition, isPrincipal)) return [{ permission: condition, principal: always }];
  if (!asks(condition, isPermission)) return [{ permission: always, principal: condition }];
  if (condition.op === "any") return condition.of.flatMap(clausesOf);
  if (condition.op === "all") {
    return condition.of.map(clausesOf).reduce(
      (clauses, more) =>
        clauses.flatMap((a) =>
          more.map((b) => ({
            permission: all([a.permission, b.permission]),
            principal: all([a.principal, b.principal]),
          })),
        ),
      [{ permission: always, principal: always }],
    );
  }
  if (condition.op === "not") return clausesOf(negated(condition.of));
  throw new NotInRbac(`${condition.op} asks for both`);
}

function negated(condition: Condition): Condition {
  if (condition.op === "all") return any(condition.of.map(not));
  if (condition.op === "any") return all(condition.of.map(not));
  return not(condition);
}

function asks(condition: Condition, of: (attribute: Attribute) => boolean): boolean {
  if (condition.op === "test") return of(condition.attribute);
  if (condition.op === "not") return asks(condition.of, of);
  return (condition.op === "all" || condition.op === "any") && condition.of.some((c) => asks(c, of));
}

/** Attributes that only principals know. */
function isPrincipal({ kind }: Attribute): boolean {
  return kind === "peer" || kind === "client" || kind === "principal";
}

/** Attributes that only permissions know. */
function isPermission({ kind }: Attribute): boolean {
  return kind === "destination" || kind === "destination-port" || kind === "sni";
}

function permission(condition: Condition): object {
  switch (condition.op) {
    case "constant":
      return condition.value ? { any: true } : { not_rule: { any: true } };
    case "all":
      return { and_rules: { rules: condition.of.map(permission) } };
    case "any":
      return { or_rules: { rules: condition.of.map(permission) } };
    case "not":
      return { not_rule: permission(condition.of) };
    case "test":
      return permissionTest(condition.attribute, condition.predicate);
    case "cel":
      throw new NotInRbac("CEL");
  }
}

function principal(condition: Condition): object {
  switch (condition.op) {
    case "constant":
      return condition.value ? { any: true } : { not_id: { any: true } };
    case "all":
      return { and_ids: { ids: condition.of.map(principal) } };
    case "any":
      return { or_ids: { ids: condition.of.map(principal) } };
    case "not":
      return { not_id: principal(condition.of) };
    case "test":
      return principalTest(condition.attribute, condition.predicate);
    case "cel":
      throw new NotInRbac("CEL");
  }
}

function permissionTest(attribute: Attribute, predicate: Predicate): object {
  const { kind } = attribute;
  if (kind === "destination")
    return blocks(predicate, (range) => ({ destination_ip: range }), "or_rules", "rules");
  if (kind === "destination-port") return portTest(predicate);
  if (kind === "sni") return { requested_server_name: textMatcher(thereAtAll(predicate)) };
  return eitherTest(attribute, predicate);
}

function principalTest(attribute: Attribute, predicate: Predicate): object {
  const { kind } = attribute;
  if (kind === "peer") return blocks(predicate, (range) => ({ direct_remote_ip: range }), "or_ids", "ids");
  if (kind === "client") return blocks(predicate, (range) => ({ remote_ip: range }), "or_ids", "ids");
  if (kind === "principal") return { authenticated: { principal_name: textMatcher(thereAtAll(predicate)) } };
  return eitherTest(attribute, predicate);
}

/** RBAC looks at what is absent as at an empty text: a peer without a certificate, a client that asks for no name. */
function thereAtAll(predicate: Predicate): Predicate {
  return predicate.kind === "present" ? { kind: "not-empty" } : predicate;
}

/** What permissions and principals say in the same words. */
function eitherTest(attribute: Attribute, predicate: Predicate): object {
  switch (attribute.kind) {
    case "method":
      return headerTest(":method", predicate, false);
    case "host":
      return headerTest(":authority", predicate, true);
    case "header":
      return headerTest(attribute.name, predicate, false);
    case "path":
      // A path is never absent, and StringMatcher has no word for presence.
      return predicate.kind === "present" ? { any: true } : { url_path: { path: textMatcher(predicate) } };
    case "claim":
      return metadataTest("envoy.filters.http.jwt_authn", ["payload", ...attribute.path], predicate, true);
    case "metadata":
      return metadataTest(attribute.filter, attribute.path, predicate, false);
    case "cookie":
    case "query":
    case "hostname":
    case "principal":
    case "sni":
    case "destination-port":
    case "peer":
    case "client":
    case "destination":
      throw new NotInRbac(attribute.kind);
  }
}

function headerTest(name: string, predicate: Predicate, ignoreCase: boolean): object {
  if (predicate.kind === "present") return { header: { name, present_match: true } };
  const matcher = textMatcher(predicate);
  const folded = ignoreCase && !("safe_regex" in matcher);
  return { header: { name, string_match: folded ? { ...matcher, ignore_case: true } : matcher } };
}

function metadataTest(filter: string, path: readonly string[], predicate: Predicate, lists: boolean): object {
  const one = { string_match: textMatcher(predicate) };
  const value = lists ? { or_match: { value_matchers: [{ list_match: { one_of: one } }, one] } } : one;
  return { metadata: { filter, path: path.map((key) => ({ key })), value } };
}

function portTest(predicate: Predicate): object {
  if (predicate.kind === "present") return { any: true };
  if (predicate.kind !== "exact") throw new NotInRbac(`a port by ${predicate.kind}`);
  return { destination_port: Number(predicate.text) };
}

/** `envoy.type.matcher.v3.StringMatcher`. */
function textMatcher(predicate: Predicate): object {
  switch (predicate.kind) {
    case "exact":
      return { exact: unicode(predicate.text) };
    case "prefix":
    case "suffix":
      return predicate.text === "" ? anything : { [predicate.kind]: unicode(predicate.text) };
    case "regex":
      return { safe_regex: { regex: regexText(predicate.regex) } };
    case "present":
      return anything;
    case "not-empty":
      return { safe_regex: { regex: "(?s).+" } };
    case "in-block":
      throw new NotInRbac("a block of texts");
  }
}

const anything = { safe_regex: { regex: "(?s).*" } };

/** Configurations are Unicode. */
function unicode(text: string): string {
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  if (Buffer.from(decoded, "utf8").toString("latin1") !== text)
    throw new NotInRbac("a text that is no UTF-8");
  return decoded;
}

function blocks(predicate: Predicate, one: (range: object) => object, or: string, of: string): object {
  if (predicate.kind === "in-block") {
    const [address_prefix = "", bits] = formatBlock(predicate.block).split("/");
    return one({ address_prefix, prefix_len: Number(bits) });
  }
  if (predicate.kind !== "present") throw new NotInRbac(`an address by ${predicate.kind}`);
  const every = [
    { address_prefix: "0.0.0.0", prefix_len: 0 },
    { address_prefix: "::", prefix_len: 0 },
  ];
  return { [or]: { [of]: every.map(one) } };
}
