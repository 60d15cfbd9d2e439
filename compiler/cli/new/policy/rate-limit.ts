// The start of a RateLimitPolicy: so many requests in such a time, for each caller.
import { isHeaderName } from "../../../http/header-syntax.ts";
import { parseDuration } from "../../../schema/duration.ts";
import { quoted, type Starter } from "./starter.ts";

/** The test sends as many requests. */
const MOST = 10_000;
const ADDRESS = "address";
const EVERYBODY = "everybody";

export const rateLimit: Starter = {
  word: "rate-limit",
  kind: "RateLimitPolicy",
  doc: "how fast",
  name: "fair-use",
  questions: [
    {
      name: "limit",
      placeholder: "<number/time>",
      asks: "how many requests in which time",
      standard: "60/1m",
      fault: limitFault,
    },
    {
      name: "by",
      placeholder: "<key>",
      asks: "who is counted apart: each address, each value of a header such as header:x-user, or everybody together",
      standard: ADDRESS,
      fault: byFault,
    },
  ],
  example: "--limit 60/1m --by header:x-user",
  render(subject, answers) {
    const { limit, window } = rateIn(answers["limit"] ?? "");
    const by = answers["by"] ?? ADDRESS;
    const header = headerIn(by);
    const [one, other] =
      header === undefined
        ? ["source: { address: 203.0.113.1 }", "source: { address: 203.0.113.2 }"]
        : [`headers: { ${quoted(header)}: ann }`, `headers: { ${quoted(header)}: bob }`];
    return {
      policy: `# How fast. A request that finds no room is answered 429 and told when to come again.
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: ${quoted(subject.name)}, namespace: ${quoted(subject.namespace)} }
spec:
  limits:
    ${by === EVERYBODY ? "all" : "per-caller"}:
${keyOf(by)}      rates: [{ limit: ${limit}, window: ${window} }] # burst: how many may come at once, where that is not all of them
`,
      cases: [
        `- name: ${limit} in ${window} pass, one more does not, and ${window} later there is room again
  sequence:
    - { repeat: ${limit}, request: { ${one} }, expect: { decision: allow } }
    - { request: { ${one} }, expect: { decision: limit, status: 429 } }
    - { request: { ${other} }, expect: { decision: ${by === EVERYBODY ? "limit" : "allow"} } }
    - { after: ${window}, request: { ${one} }, expect: { decision: allow } }`,
      ],
    };
  },
};

function rateIn(answer: string): { limit: number; window: string } {
  const [limit = "", window = ""] = answer.split("/").map((part) => part.trim());
  return {
    limit: /^\d{1,9}$/.test(limit) ? Number(limit) : 0,
    window: /^\d/.test(window) ? window : `1${window}`,
  };
}

function limitFault(answer: string): string | undefined {
  const { limit, window } = rateIn(answer);
  if (!answer.includes("/") || limit === 0 || parseDuration(window) === undefined)
    return "write a number, a slash and a time, such as `60/1m`, `5/s` or `1000/1h`";
  return limit > MOST
    ? `write at most ${MOST}: the test sends as many requests; the file may say more afterwards`
    : undefined;
}

/** The header whose values are counted apart. */
function headerIn(by: string): string | undefined {
  return by.startsWith("header:") ? by.slice("header:".length) : undefined;
}

function byFault(answer: string): string | undefined {
  const header = headerIn(answer);
  if (answer === ADDRESS || answer === EVERYBODY || (header !== undefined && isHeaderName(header)))
    return undefined;
  return "write `address`, `header:` and a header's name such as `header:x-user`, or `everybody`";
}

function keyOf(by: string): string {
  const header = headerIn(by);
  if (header !== undefined)
    return `      # Whoever can set the header chooses the count, so that the address counts as well.
      key: [{ header: ${quoted(header)} }, { sourceCIDR: { v4: 32, v6: 64 } }]\n`;
  return by === EVERYBODY ? "" : "      key: [{ sourceCIDR: { v4: 32, v6: 64 } }]\n";
}
