// tollgate envoy start: a real Envoy on a file, and what is wrong with files.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { envoyForTests } from "../../envoy/testing.ts";
import { occupyPort, Running, temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: NodeJS.ProcessEnv;
const started: Running[] = [];
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(path.join(folder.path, "tmp"));
  env = { ...process.env, TMPDIR: path.join(folder.path, "tmp") };
  const envoy = await envoyForTests();
  if (envoy !== undefined) env = { ...env, ENVOY_PATH: envoy };
});
afterEach(async () => {
  for (const running of started.splice(0)) await running.stop();
});
afterAll(() => folder.remove());

async function write(name: string, text: string): Promise<string> {
  await writeFile(path.join(folder.path, name), text);
  return name;
}

const start = (...args: string[]): Promise<Outcome> =>
  tollgate(["envoy", "start", ...args], { cwd: folder.path, env });

/** Answers `here`; `filters` go in front of the router. */
function bootstrap(port = 0, filters = ""): string {
  return `
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: main
                access_log:
                  - name: envoy.access_loggers.stdout
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
                      log_format: { text_format_source: { inline_string: "%REQ(:METHOD)% %RESPONSE_CODE%\\n" } }
                http_filters:
                  ${filters}
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: here } } }]
`;
}

test("it serves, relays access logs, and Ctrl-C ends it with 0", async () => {
  if ((await envoyForTests()) === undefined) return;
  const file = await write("good.yaml", bootstrap());
  const running = new Running(["envoy", "start", file], { cwd: folder.path, env });
  started.push(running);
  const [, port = ""] = await running.until(
    "stdout",
    /^Envoy \d\S+ \(from ENVOY_PATH\) runs on good\.yaml: main on port (\d+), admin http:\/\/127\.0\.0\.1:\d+$/m,
  );
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("here");
  await running.until("stdout", /^GET 200$/m);
  running.child.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0 });
  expect(await readdir(path.join(folder.path, "tmp"))).toEqual([]);
});

function isOneErrorWithRemedy({ code, stdout, stderr }: Outcome, error: RegExp): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(error);
  expect(stderr).not.toMatch(/^\s+at |should not have happened|with the policies/m);
}

test("no file, a folder, no YAML, no bootstrap", async () => {
  isOneErrorWithRemedy(
    await start("none.yaml"),
    /^error: there is no file `none\.yaml`\n = help: give the path of Envoy's bootstrap, /,
  );
  isOneErrorWithRemedy(await start("tmp"), /^error: `tmp` is a folder\n = help: .*`tollgate envoy run`\n$/);
  isOneErrorWithRemedy(
    await start(await write("broken.yaml", "admin: [1\nx: 2\n")),
    /^error: broken\.yaml:2:1 is not valid YAML: .+\n$/,
  );
  isOneErrorWithRemedy(
    await start(await write("list.yaml", "- 1\n")),
    /^error: list\.yaml is no bootstrap: it has to be a mapping with `static_resources`\n$/,
  );
});

test("what Envoy refuses is told in its words", async () => {
  if ((await envoyForTests()) === undefined) return;
  isOneErrorWithRemedy(
    await start(await write("field.yaml", "static_resourcez: {}\n")),
    /^error: Envoy rejected its configuration: .*static_resourcez.*\n = help: correct field\.yaml; /m,
  );
  const wasm = `- name: x
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                      config: { vm_config: { runtime: envoy.wasm.runtime.v8, code: { local: { filename: none.wasm } } } }`;
  isOneErrorWithRemedy(
    await start(await write("wasm.yaml", bootstrap(0, wasm))),
    /^error: Envoy re\w+ .*none\.wasm.*\n = help: /m,
  );
  expect(await readdir(path.join(folder.path, "tmp"))).toEqual([]);
});

test("a port that is taken", async () => {
  if ((await envoyForTests()) === undefined) return;
  const { port, close } = await occupyPort();
  try {
    isOneErrorWithRemedy(
      await start(await write("taken.yaml", bootstrap(port))),
      new RegExp(
        `^error: 127\\.0\\.0\\.1:${port} is already in use .*\n = help: choose another port in taken\\.yaml, `,
      ),
    );
  } finally {
    await close();
  }
});

test("its help says what it does to the file", async () => {
  const { code, stdout } = await start("--help");
  expect(code).toBe(0);
  for (const word of ["<file>", "--concurrency", "--log-level", "admin", "ENVOY_PATH", "Ctrl-C"])
    expect(stdout).toContain(word);
});
