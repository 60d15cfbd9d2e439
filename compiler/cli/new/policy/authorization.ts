// The start of an AuthorizationPolicy: some paths are for some callers only. It refuses all others there and nothing
// elsewhere, so that it can be put beside whatever is there.
import { formatBlock, parseBlock } from "../../../net/block.ts";
import type { Block } from "../../../ir/program.ts";
import { pathInside, pathOutside, pathPatterns, pathQuestion } from "./paths.ts";
import { flowList, parts, quoted, type Starter } from "./starter.ts";

const NOBODY = "nobody";

/** Addresses for documentation (RFC 5737): somebody who is in none of a policy's blocks. */
const OUTSIDERS = ["203.0.113.9", "198.51.100.9", "192.0.2.9"];

export const authorization: Starter = {
  word: "authorization",
  kind: "AuthorizationPolicy",
  doc: "who may pass",
  name: "admin",
  questions: [
    pathQuestion("which paths are not for everybody", "/admin/*"),
    {
      name: "who",
      placeholder: "<callers>",
      asks: "who may use them: CIDR blocks, services such as cluster.local/ns/shop/sa/orders, or nobody",
      standard: "10.0.0.0/8",
      fault: whoFault,
    },
  ],
  example: "--path '/admin/*' --who 10.20.0.0/16",
  render(subject, answers) {
    const patterns = pathPatterns(answers["path"] ?? "");
    const { others, insider, outsider } = callers(answers["who"] ?? NOBODY);
    const from = others === undefined ? "" : `from: [{ source: { ${others} } }]`;
    const to = patterns.length === 0 ? "" : `to: [{ operation: { paths: ${flowList(patterns)} } }]`;
    const rule = [from, to].filter((part) => part !== "");
    const path = pathInside(patterns);
    const elsewhere = pathOutside(patterns);
    return {
      policy: `# These paths are for these callers only; what else is asked for, other policies decide.
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${quoted(subject.name)}, namespace: ${quoted(subject.namespace)} }
spec:
  action: DENY
  rules:
    - ${rule.length === 0 ? "{}" : rule.join("\n      ")}
`,
      cases: [
        ...(insider === undefined
          ? []
          : [
              `- name: who may
  request: { path: ${quoted(path)}, source: { ${insider} } }
  expect: { decision: allow }`,
            ]),
        `- name: anybody else may not
  request: { path: ${quoted(path)}, source: { ${outsider} } }
  expect: { decision: deny, status: 403, policy: ${quoted(subject.name)}, rule: "rules[0]" }`,
        ...(elsewhere === undefined
          ? []
          : [
              `- name: other paths are not its business
  request: { path: ${quoted(elsewhere)}, source: { ${outsider} } }
  expect: { decision: allow }`,
            ]),
      ],
    };
  },
};

function whoFault(answer: string): string | undefined {
  const who = parts(answer);
  if (who.length === 1 && who[0] === NOBODY) return undefined;
  if (who.length === 0) return "name at least one, or `nobody`";
  const services = who.filter(isService);
  if (services.length > 0 && services.length < who.length)
    return "name blocks or services, not both: write a second policy for the others";
  const bad = services.length > 0 ? undefined : who.find((block) => typeof parseBlock(block) === "string");
  if (bad !== undefined)
    return `\`${bad}\` is neither a block such as \`10.0.0.0/8\`, nor a service such as \`cluster.local/ns/shop/sa/orders\`, nor \`nobody\``;
  return services.length === 0 && outsiderOf(who) === undefined
    ? "that is everybody: leave the policy out, or name fewer"
    : undefined;
}

/** A service account's identity, without `spiffe://`. */
function isService(who: string): boolean {
  return /^[^/*\s]+\/ns\/[^/*\s]+\/sa\/[^/*\s]+$/.test(who);
}

interface Callers {
  /** The field of a source that means all others; absent where nobody may. */
  readonly others?: string;
  /** Fields of a source in a test. */
  readonly insider?: string;
  readonly outsider: string;
}

function callers(answer: string): Callers {
  const who = parts(answer);
  const [first = NOBODY] = who;
  if (first === NOBODY) return { outsider: `address: ${OUTSIDERS[0] ?? ""}` };
  if (isService(first))
    return {
      others: `notPrincipals: ${flowList(who)}`,
      insider: `principal: ${quoted(first)}`,
      outsider: "principal: cluster.local/ns/elsewhere/sa/stranger",
    };
  return {
    others: `notIpBlocks: ${flowList(who)}`,
    insider: `address: ${quoted(addressIn(first))}`,
    outsider: `address: ${quoted(outsiderOf(who) ?? "")}`,
  };
}

/** An address of a block. */
function addressIn(text: string): string {
  const block = parseBlock(text);
  if (typeof block === "string") return "";
  const isOne = block.bits === (block.family === 4 ? 32 : 128);
  return formatBlock(isOne ? block : { ...block, network: block.network | 1n }).replace(/\/.*/, "");
}

function outsiderOf(blocks: readonly string[]): string | undefined {
  const parsed = blocks.map(parseBlock).filter((block): block is Block => typeof block !== "string");
  return OUTSIDERS.find((address) => !parsed.some((block) => holds(block, address)));
}

function holds(block: Block, address: string): boolean {
  const found = parseBlock(`${address}/${block.bits}`);
  return typeof found !== "string" && found.family === block.family && found.network === block.network;
}
