import { expect, test } from "@jest/globals";
import { parseAddress } from "./admin.ts";
import { startFailure } from "./failure.ts";
import { clean } from "./log-lines.ts";

const at = (level: string, logger: string, message: string) =>
  `[2026-01-01 08:28:45.206][5136][${level}][${logger}] [source/a.cc:38] ${message}`;

test("a taken address is named", () => {
  const error = startFailure(
    [
      at(
        "critical",
        "main",
        "error `cannot bind \\'127.0.0.1:45999\\': Address already in use` initializing config",
      ),
      "cannot bind '127.0.0.1:45999': Address already in use",
    ],
    "exit code 1",
  );
  expect(error).toMatchObject({ reason: "port-in-use", address: "127.0.0.1:45999" });
});

test("an address that may not be used is not called taken", () => {
  const error = startFailure(["cannot bind '192.0.2.1:80': Cannot assign requested address"], "exit code 1");
  expect(error.reason).toBe("config-rejected");
  expect(error.message).toBe("Envoy cannot bind '192.0.2.1:80': Cannot assign requested address");
});

test("an Envoy without a Wasm runtime is said to be one", () => {
  const error = startFailure(
    [
      at(
        "warning",
        "wasm",
        "Failed to create Wasm VM using envoy.wasm.runtime.v8 runtime. Envoy was compiled without support for it",
      ),
      at("error", "wasm", "Wasm VM failed Failed to load Wasm code"),
    ],
    "exit code 1",
  );
  expect(error.reason).toBe("wasm-refused");
  expect(error.message).toBe("this Envoy was built without a Wasm runtime: it cannot load any filter");
});

test("of a refused filter the Wasm log lines are told", () => {
  const error = startFailure(
    [
      at("error", "wasm", "Failed to load Wasm module due to a missing import: env.nonsense"),
      at("critical", "wasm", "Plugin w failed to load"),
      at("critical", "main", "error `Unable to create Wasm plugin w` initializing config"),
      "Unable to create Wasm plugin w",
    ],
    "exit code 1",
  );
  expect(error.reason).toBe("wasm-refused");
  expect(error.message).toContain("missing import: env.nonsense; Plugin w failed to load");
});

test("of a rejected configuration the reason is told without the dump", () => {
  const error = startFailure(
    [at("critical", "main", "error `…`"), "route_config {", "}", ": Proto constraint validation failed (X)"],
    "exit code 1",
  );
  expect(error.reason).toBe("config-rejected");
  expect(error.message).toBe("Envoy rejected its configuration: Proto constraint validation failed (X)");
});

test("an end without a word says how it ended", () => {
  expect(startFailure([], "SIGKILL")).toMatchObject({ reason: "exited" });
  expect(startFailure([], "SIGKILL").message).toContain("SIGKILL");
});

test("admin addresses of both families are understood", () => {
  expect(parseAddress("127.0.0.1:9901")).toEqual({ host: "127.0.0.1", port: 9901 });
  expect(parseAddress("[::1]:9901\n")).toEqual({ host: "::1", port: 9901 });
  expect(parseAddress("0.0.0.0:9901")).toEqual({ host: "127.0.0.1", port: 9901 });
  expect(parseAddress("")).toBeUndefined();
});

test("log lines cannot steer a terminal", () => {
  expect(clean("a\tb\x1b[31m\x9b1m\u202e")).toBe("a\tb\\x1b[31m\\x9b1m\\x202e");
});
