/** Exchanges in words, for the messages of matchers that failed. */
import type { Exchange } from "../exchange.ts";
import type { Fields } from "../fields.ts";

const LONGEST_BODY = 200;

export function describeExchange(exchange: Exchange): string {
  const { upstream, state, failure } = exchange;
  const lines = [`What became of ${exchange.title}:`];
  if (upstream === undefined) lines.push("  nothing reached the upstream");
  else {
    lines.push(`  the upstream got ${upstream.method} ${upstream.path}${part(upstream.complete)}`);
    lines.push(...describeMessage(upstream.headers, upstream.body, upstream.trailers));
  }
  if (exchange.hasResponse) {
    const { response } = exchange;
    const by = response.local ? "locally" : "by the upstream";
    lines.push(`  it was answered ${by}: ${response.status} (${response.details})${part(response.complete)}`);
    lines.push(...describeMessage(response.headers, response.body, response.trailers));
  }
  if (state === "waiting") lines.push(`  it waits: ${exchange.waitingFor ?? ""}`);
  else if (state !== "answered") lines.push(`  it is ${state}${failure ? `: ${failure.message}` : ""}`);
  return lines.join("\n");
}

function part(complete: boolean): string {
  return complete ? "" : ", not all of it yet";
}

function describeMessage(headers: Fields, body: string, trailers: Fields): string[] {
  const lines = headers
    .entries()
    .flatMap(([name, value]) => (name.startsWith(":") ? [] : [`    ${name}: ${value}`]));
  if (body !== "") {
    const shown = body.length > LONGEST_BODY ? `${body.slice(0, LONGEST_BODY)}…` : body;
    lines.push(`    ${JSON.stringify(shown)}`);
  }
  return [...lines, ...trailers.entries().map(([name, value]) => `    ${name}: ${value} (trailer)`)];
}
