// Pasted curl commands: what is read is what curl sends.
import { execFile, execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { InputError } from "../1-parse/files.ts";
import type { Request } from "../ir/interpret.ts";
import { curlCommand, isRefused, parseCurl, present, readDescription } from "./index.ts";
import { shellWords } from "./shell-words.ts";

/** A command as the request that a filter sees. */
function seen(command: string): Request {
  const text = JSON.stringify(parseCurl(command).description);
  const diagnostics = new Diagnostics();
  const description = readDescription({ path: "curl", shown: "curl", text }, diagnostics);
  if (!description) throw new Error(diagnostics.all.map(({ message }) => message).join("; "));
  const request = present(description);
  if (isRefused(request)) throw new Error(request.details);
  return request;
}

function faultOf(command: string): string {
  try {
    parseCurl(command);
  } catch (error) {
    if (error instanceof InputError) return `${error.message} = ${error.help}`;
    throw error;
  }
  return "none";
}

test.each([
  ["a b  'c d' \"e f\"", ["a", "b", "c d", "e f"]],
  ["a'b'\"c\"\\ d", ["abc d"]],
  ["a \\\n  b \\\r\n c", ["a", "b", "c"]],
  ["'it'\\''s' \"\\\"\\$\\a\"", ["it's", '"$\\a']],
  ["$'a\\'b\\n\\x41\\u00e9\\303\\251'", ["a'b\nAéé"]],
  ["a | b", ["a"]],
  ["a 2>/dev/null b > out 2>&1 c; d", ["a", "b", "c"]],
  ["a '' \"\" # b\n", ["a", "", ""]],
  ["a é$ '$x' \\$x", ["a", "é$", "$x", "$x"]],
])("words of %j", (text, words) => {
  expect(shellWords(text)).toEqual(words);
});

test.each([
  ["curl 'http://a.test", "this command line cannot be read: a quotation `'…'` does not end"],
  [
    'curl http://a.test -H "x: $TOKEN"',
    "this command line cannot be read: `$TOKEN` is something that a shell fills in",
  ],
  ["curl http://a.test/`id`", "this command line cannot be read: `'` is something that a shell fills in"],
  [
    "curl http://a.test/?a=1&b=2",
    "this command line cannot be read: a `&` outside of quotes ends the command",
  ],
  ["wget http://a.test", "`wget` is not curl"],
  ["", "there is no command to read"],
  ["curl -s", "this curl command names no URL"],
  ["curl http://a.test http://b.test", "this curl command names several URLs"],
  ["curl ftp://a.test", "`ftp://a.test` is no URL of an HTTP service"],
  [
    "curl --hedaer x http://a.test",
    "`--hedaer` is no option of curl that is known here = did you mean `--header`?",
  ],
  ["curl -H", "curl's `-H` needs a value"],
  ["curl -H nothing http://a.test", "curl's header `nothing` has no name and value"],
  ["curl http://a.test --next http://b.test", "curl's `--next` cannot be followed"],
  ["curl -u joe http://a.test", "curl's `-u` names no password"],
  ["curl 'http://a.test/{a,b}'", "this URL is a list of URLs"],
])("%s is no request", (command, fault) => {
  expect(faultOf(command).slice(0, fault.length)).toBe(fault);
});

test("what cannot be known is said", () => {
  expect(parseCurl("curl -d @body.json -b jar.txt -H @more http://a.test").assumed).toEqual([
    "the body is empty: the file `body.json` is not read",
    "the cookies in the file `jar.txt` are not read",
    "the header fields in the file `more` are not read",
  ]);
});

test("what Tollgate writes as a command reads as the same request", () => {
  const requests: Request["headers"][] = [
    [
      [":method", "GET"],
      [":path", "/"],
      [":authority", "a.test"],
    ],
    [
      [":method", "DELETE"],
      [":path", "/a%2f%2F/b?c={d}&e=[1]"],
      [":authority", "a.test:81"],
      ["x-a", "it's $x `y`"],
    ],
    [
      [":method", "HEAD"],
      [":path", "/head"],
      [":authority", "a.test"],
      ["x-empty", ""],
      ["x-two", "ä"],
      ["x-two", "b"],
    ],
  ].map((headers) => headers.map(([name = "", value = ""]) => [name, Buffer.from(value).toString("latin1")]));
  for (const headers of requests) {
    const command = curlCommand({ headers, peer: "127.0.0.1" });
    const own = new Set(["user-agent", "accept", "x-request-id", "x-forwarded-proto", ":scheme"]);
    const got = seen(command).headers.filter(([name]) => !own.has(name));
    expect([...got].sort()).toEqual([...headers].sort());
  }
});

const hasCurl = ((): boolean => {
  try {
    execFileSync("curl", ["--version"]);
    execFileSync("bash", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();

(hasCurl ? describe : describe.skip)("beside curl itself", () => {
  let server: Server;
  let got: { method: string; path: string; headers: Record<string, string>; body: string } | undefined;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
      request.on("end", () => {
        const { method = "", url = "", rawHeaders } = request;
        const headers: Record<string, string> = {};
        for (let i = 0; i < rawHeaders.length; i += 2)
          headers[(rawHeaders[i] ?? "").toLowerCase()] = rawHeaders[i + 1] ?? "";
        got = { method, path: url, headers, body };
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void server.close());

  test.each([
    "curl URL",
    "curl -sSL URL/a/./b/../c?d=e#f",
    "curl --path-as-is URL/a/../b",
    "curl -X PUT -H 'x-a: 1' -H 'X-B:2' -H 'x-empty;' -H 'Accept:' URL/x",
    "curl -d a=1 -d 'b=2 3' URL/x",
    "curl --data-raw '@a' -H 'content-type: text/plain' URL/x",
    "curl -G -d a=1 --data-urlencode 'b=c d/é' --data-urlencode '=x&y' URL/x?z=0",
    "curl --json '{\"a\":1}' URL/x",
    "curl -u joe:secret -A me -e http://r.test/ URL/x",
    "curl -b 'a=1; b=2' -b c=3 --compressed URL",
    "curl -XPATCH -HX-A:\\ b --data-binary $'a\\nb\\x41' URL",
    "curl -I URL/head",
    "curl --oauth2-bearer t0ken -r 0-9 URL",
    "curl -H 'Host: shop.test' -k --max-time 5 -o /dev/null --url URL/host",
    'curl \\\n  --request POST \\\n  --header "x-q: \\"1\\"" \\\n  URL',
    "curl -g 'URL/a[1]{b}'",
  ])("%s", async (template) => {
    const { port } = server.address() as AddressInfo;
    const command = template.replace("URL", `http://127.0.0.1:${port}`);
    await promisify(execFile)("bash", ["-c", command.replace(/^curl/, "curl -q -s")], {
      timeout: 20_000,
    });
    const { method, path, host, headers, body = "" } = parseCurl(command).description;
    const sent = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join()]));
    // Its versions write escapes in one case or the other.
    expect({ method, path: path.toLowerCase(), headers: comparable({ host, ...sent }), body }).toEqual({
      ...got,
      path: got?.path.toLowerCase(),
      headers: comparable(got?.headers ?? {}),
    });
  });
});

/** Without what depends on curl's build. */
function comparable(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== "content-length")
      .map(([name, value]) => [
        name,
        name === "user-agent"
          ? value.replace(/^curl\/.*/, "curl")
          : name === "accept-encoding"
            ? "some"
            : value,
      ]),
  );
}
