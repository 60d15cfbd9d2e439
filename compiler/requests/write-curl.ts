// A request as a command that people can try.
import type { Request } from "../ir/interpret.ts";
import { factsOf, partsOf, unicode } from "./write.ts";

/**
 * A `curl` command for a POSIX shell, and above it, as comments, what curl cannot send: where a request comes from and whom its
 * certificate names are not for a client to choose.
 *
 * @param base where the proxy listens
 * @example
 * curlCommand(request); // curl -X POST -H 'host: a.test' 'http://127.0.0.1:8080/x'
 */
export function curlCommand(request: Request, base = "http://127.0.0.1:8080"): string {
  const { method, path, host, headers } = partsOf(request);
  const fields = [...(host === undefined ? [] : [["host", host] as const]), ...headers];
  const words = [
    "curl",
    ...(method === "HEAD" ? ["-I"] : method === "GET" ? [] : ["-X", quoted(method)]),
    // Otherwise curl resolves `..` by itself.
    ...(/\/\.{1,2}(\/|$|\?)/.test(path) ? ["--path-as-is"] : []),
    // Brackets and braces would be a list of URLs.
    ...(/[[\]{}]/.test(path) ? ["-g"] : []),
    ...fields.flatMap(([name, value]) => ["-H", quoted(value === "" ? `${name};` : `${name}: ${value}`)]),
    quoted(base + path),
  ];
  return [...unsent(request).map((line) => `# ${line}`), words.join(" ")].join("\n");
}

function unsent(request: Request): string[] {
  const { claims, metadata } = request;
  const facts = factsOf(request).map(([what, value]) => `${what} ${unicode(value)}`);
  return [
    ...(facts.length > 0 ? [`curl cannot choose: ${oneLine(facts.join(", "))}`] : []),
    ...(claims ? [`it has a token with the claims ${oneLine(JSON.stringify(claims))}`] : []),
    ...(metadata ? [`metadata that other filters set: ${oneLine(unicode(JSON.stringify(metadata)))}`] : []),
  ];
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- what would end the comment, or steer a terminal
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}

/** A word of a shell's command line, whatever it holds. Without quotes where nothing in it means anything. */
function quoted(bytes: string): string {
  const text = unicode(bytes);
  return /^[A-Za-z0-9_\-./:=@%+,]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
