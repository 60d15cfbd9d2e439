// tollgate new policy: what it writes is in order and keeps its promises; what it asks; what it refuses.
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { plain } from "../diagnostics/render.ts";
import { temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";
import { messages } from "../testing/findings.ts";
import type { CommandFailure } from "./failure.ts";
import { askerOn } from "./new/policy/ask.ts";
import { starters } from "./new/policy/starters.ts";
import { interview } from "./new/policy.ts";
import { writeFiles } from "./new/write-files.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const newPolicy = (...args: string[]): Promise<Outcome> =>
  tollgate(["new", "policy", ...args], { cwd: folder.path });
const inFolder = (...parts: string[]): string => path.join(folder.path, ...parts);
const starterOf = (word: string): (typeof starters)[number] | undefined =>
  starters.find((one) => one.word === word);

/** What each kind cannot know by itself. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  authentication: ["--issuer", "https://id.shop.test"],
  route: ["--host", "shop.test", "--backend", "orders:8080"],
};

test("each kind, by the command: checked, compiled by its test, which passes", async () => {
  for (const { word, name } of starters) {
    const { code, stdout, stderr } = await newPolicy(word, ...(NEEDED[word] ?? []), "-o", "all");
    const [policy, tests] = [path.join("all", `${name}.yaml`), path.join("all", `${name}.test.yaml`)];
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${policy}\n${tests}\n` });
    expect(stderr).toBe(
      `\nNext:\n  tollgate check ${policy}\n  tollgate test ${tests}\n  tollgate run all --upstream http://127.0.0.1:3000\n`,
    );
  }
  expect((await readdir(inFolder("all"))).length).toBe(2 * starters.length);
  const checked = await tollgate(["check", "all"], { cwd: folder.path });
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  const tested = await tollgate(["test", "all"], { cwd: folder.path });
  expect(tested).toMatchObject({ code: 0 });
  expect(tested.stdout).toMatch(/\b11 passed\b/);
});

describe("answers of all sorts", () => {
  const cases: readonly (readonly [word: string, given: Readonly<Record<string, string>>])[] = [
    ["authorization", { who: "10.20.0.0/16, 192.0.2.7, 2001:db8::/32" }],
    ["authorization", { who: "203.0.113.0/24,198.51.100.9", path: "/a, /b*, /c/*" }],
    ["authorization", { who: "cluster.local/ns/shop/sa/orders", path: "/charges" }],
    ["authorization", { who: "nobody", path: "/.git/*" }],
    ["authorization", { path: "/*" }],
    ["rate-limit", { limit: "5/s" }],
    ["rate-limit", { limit: "1000/1h30m", by: "header:X-User" }],
    ["rate-limit", { limit: "1/1d", by: "everybody" }],
    ["authentication", { issuer: "joe@shop", audience: "shop", path: "/orders/*" }],
    ["authentication", { issuer: "https://id.shop.test/", "jwks-uri": "http://10.0.0.1:8080/keys" }],
    [
      "route",
      { host: "*.shop.test", backend: "orders:80", path: "/orders/", upstream: "https://orders.shop.test" },
    ],
    ["route", { host: "true", backend: "1:1", path: "/a" }],
    ["header-route", { match: "cookie=a=b; c", set: "x-a=yes" }],
    ["header-route", { match: 'x-a="1, 2"', set: "X-A=# 1" }],
    ["header-route", { match: "x-a=ü", set: "x-ü=1" }],
  ];

  test("make policies without findings, whose tests pass", async () => {
    const refused: string[] = [];
    for (const [index, [word, given]] of cases.entries()) {
      const output = inFolder("answers", String(index));
      try {
        const { files } = await interview(starterOf(word), { ...given, output }, undefined);
        await writeFiles(output, files);
        expect([given, await messages([output])]).toEqual([given, []]);
      } catch (error) {
        if (!(error instanceof Error && "help" in error)) throw error;
        refused.push(error.message);
      }
    }
    expect(refused).toEqual(["`--set x-ü=1` will not do"]);
    const tested = await tollgate(["test", "--engine", "interpreter", inFolder("answers")]);
    expect(tested.stdout).not.toContain("✗");
    expect(tested).toMatchObject({ code: 0 });
  });

  test.each([
    ["authorization", { path: "admin" }, "`admin` is no path: begin with `/`"],
    ["authorization", { path: "/a*b" }, "put an asterisk at the end only"],
    ["authorization", { path: " , " }, "name at least one path"],
    ["authorization", { who: "10.0.0.0/33" }, "`10.0.0.0/33` is neither a block"],
    ["authorization", { who: "0.0.0.0/0" }, "that is everybody"],
    ["authorization", { who: "10.0.0.0/8,cluster.local/ns/a/sa/b" }, "blocks or services, not both"],
    ["rate-limit", { limit: "60" }, "write a number, a slash and a time"],
    ["rate-limit", { limit: "10001/1m" }, "write at most 10000"],
    ["rate-limit", { by: "header:x user" }, "write `address`, `header:`"],
    ["authentication", { issuer: " " }, "write it as in the token"],
    ["authentication", { issuer: "a", "jwks-uri": "ftp://a" }, "is no address of a key set"],
    ["authentication", { issuer: "${a}" }, "write the value itself"],
    ["route", { host: "shop.test:8080", backend: "a:1" }, "write a name in lower case without a port"],
    ["route", { host: "a.test", backend: "orders" }, "the service's name, a colon and its port"],
    ["route", { host: "a.test", backend: "a:1", path: "orders" }, "write it as it stands in a request"],
    ["route", { host: "a.test", backend: "a:1", upstream: "http://a/b" }, "write scheme, host and port"],
    ["header-route", { match: "x-beta" }, "write the header's name, `=` and its value"],
    ["header-route", { set: "content-length=1" }, "is the proxy's own"],
    ["header-route", { set: "x-a={b}" }, "write a value without braces"],
  ])("%s %j", async (word, given, help) => {
    const failure: unknown = await interview(
      starterOf(word),
      { ...given, output: inFolder("none") },
      undefined,
    ).catch((error: unknown) => error);
    expect((failure as CommandFailure).help).toContain(help);
  });
});

describe("without a terminal", () => {
  test("what is missing is named", async () => {
    expect(await newPolicy()).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: the kind of the policy is missing, and there is no terminal to ask on\n" +
        " = help: write one of `tollgate new policy authentication|authorization|rate-limit|route|header-route`; `--help` behind it says what each takes\n",
    });
    expect(await newPolicy("route", "-o", "missing")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: `--host` is missing, and there is no terminal to ask on\n" +
        " = help: add `--host <host>`: for which host, such as shop.test or *.shop.test; `--backend <service:port>`: to which service and port, such as orders:8080\n",
    });
    expect(await newPolicy("rate-limit", "--name", "Fair Use")).toMatchObject({ code: 2, stdout: "" });
    expect(await newPolicy("tollbooth")).toMatchObject({ code: 2, stdout: "" });
    expect(await readdir(folder.path)).not.toContain("missing");
  });

  test("help shows what each takes", async () => {
    const help = await newPolicy("authentication", "--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("--jwks-uri <url>");
    expect(help.stdout).toContain("tollgate new policy authentication --issuer https://id.shop.test");
  });
});

describe("what is there already", () => {
  const laid: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
    file: (file) => writeFile(file, "mine"),
    folder: (file) => mkdir(file),
    "link to nowhere": (file) => symlink("nowhere", file),
  };
  test.each(
    Object.keys(laid).flatMap((what) =>
      ["fair-use.yaml", "fair-use.test.yaml"].map((name) => [what, name] as const),
    ),
  )("a %s at %s stays as it is, and nothing is written", async (what, name) => {
    const output = inFolder("there", what, name);
    await mkdir(output, { recursive: true });
    await laid[what]?.(path.join(output, name));
    const { files } = await interview(starterOf("rate-limit"), { output }, undefined);
    await expect(writeFiles(output, files)).rejects.toThrow("is there already, and nothing is overwritten");
    expect(await readdir(output)).toEqual([name]);
    if (what === "file") expect(await readFile(path.join(output, name), "utf8")).toBe("mine");
  });

  const bundle = (spec: string): string =>
    `apiVersion: tollgate.dev/v1alpha1\nkind: Bundle\nmetadata: { name: shop }\nspec: ${spec}\n`;
  const route = (name: string): ReturnType<typeof interview> =>
    interview(
      starterOf("route"),
      { host: "shop.test", backend: "orders:8080", namespace: "shop", output: inFolder(name) },
      undefined,
    );

  test("a bundle that has the backend is used", async () => {
    await mkdir(inFolder("with"));
    await writeFile(
      inFolder("with", "bundle.yaml"),
      bundle(
        "{ workloads: [{ name: web, namespace: shop }, { name: api }], backends: { shop/orders:8080: http://127.0.0.1:1 } }",
      ),
    );
    const { files } = await route("with");
    await writeFiles(inFolder("with"), files);
    expect(files.get("storefront.yaml")).not.toContain("Bundle");
    expect(files.get("storefront.test.yaml")).toContain(
      "policies: [storefront.yaml, bundle.yaml]\n  workload: web\n",
    );
    expect(await tollgate(["test", "--engine", "interpreter", inFolder("with")])).toMatchObject({ code: 0 });
  });

  test("one that has not is to be completed first", async () => {
    await mkdir(inFolder("without"));
    await writeFile(inFolder("without", "bundle.yaml"), bundle("{}"));
    await expect(route("without")).rejects.toMatchObject({
      message: "the bundle in `bundle.yaml` has no backend `shop/orders:8080`",
      help: 'write `"shop/orders:8080": "http://127.0.0.1:8080"` under `spec.backends` there, and run the command again',
    });
  });
});

describe("on a terminal", () => {
  const colourless = { ...plain };
  /** What is shown and made where a person types these lines. */
  async function typing(
    lines: readonly string[],
    given: Readonly<Record<string, string>> = {},
  ): Promise<{ shown: string; files?: ReadonlyMap<string, string>; failure?: unknown }> {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let shown = "";
    let next = 0;
    output.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (!text.endsWith(": ")) return;
      if (next < lines.length) input.write(`${lines[next++] ?? ""}\n`);
      else input.end();
    });
    const asker = askerOn(input, output, colourless);
    try {
      const made = await interview(undefined, { ...given, output: inFolder("typed") }, asker);
      return { shown, files: made.files };
    } catch (failure) {
      return { shown, failure };
    } finally {
      asker.close();
    }
  }

  test("asks the kind, its questions, name and namespace; return takes what is in brackets", async () => {
    const { shown, files } = await typing(["3", "", "header:x-user", "", "shop"]);
    expect(shown.split("\n").filter((line) => line !== "")).toEqual([
      "  1  authentication  whose tokens are good (RequestAuthentication)",
      "  2  authorization   who may pass (AuthorizationPolicy)",
      "  3  rate-limit      how fast (RateLimitPolicy)",
      "  4  route           which road (HTTPRoute)",
      "  5  header-route    what is changed on the way, by what a request says (HeaderRoutePolicy)",
      expect.stringContaining("How many requests in which time? [60/1m]: "),
    ]);
    expect([...(files?.keys() ?? [])]).toEqual(["fair-use.yaml", "fair-use.test.yaml"]);
    expect(files?.get("fair-use.yaml")).toContain("metadata: { name: fair-use, namespace: shop }");
    expect(files?.get("fair-use.yaml")).toContain("key: [{ header: x-user }");
  });

  test("asks again where an answer will not do, and not at all where an option says it", async () => {
    const { shown, files } = await typing(["road", "HTTPRoute", "", "shop.test", "", "orders:8080", ""], {
      name: "orders",
      namespace: "shop",
    });
    expect(shown).toContain("! write a number from 1 to 5, or a word such as `authentication`\n");
    expect(shown).toContain("! there is no answer for this that suits everybody\n");
    expect(shown).not.toContain("called");
    expect(files?.get("orders.yaml")).toContain("hostnames: [shop.test]");
  });

  test("takes what was typed before it was asked", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asker = askerOn(input, output, colourless);
    input.end("rate-limit\n5/s\n\n\nshop\n");
    const { files } = await interview(undefined, { output: inFolder("typed") }, asker);
    expect(files.get("fair-use.yaml")).toContain("rates: [{ limit: 5, window: 1s }]");
    asker.close();
  });

  test("where the input ends nothing is made", async () => {
    const { files, failure } = await typing(["rate-limit"]);
    expect(files).toBeUndefined();
    expect(failure).toMatchObject({ message: "no answer came, and nothing was written" });
  });
});
