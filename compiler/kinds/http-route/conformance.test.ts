// The Gateway API's own cases, by what the routes mean.
import { describe, expect, test } from "@jest/globals";
import {
  asBundle,
  conformanceFiles,
  HOST,
  type Expected,
} from "../../../runtime-tests/conformance/gateway-api.ts";
import { ask, lowered, type Outcome } from "./testing.ts";

const files = await conformanceFiles();

describe.each(files)("$name", (file) => {
  const { program, found } = lowered(asBundle(file, () => "http://127.0.0.1:1"));

  test("nothing is wrong with the routes", () => {
    expect(found).toEqual([]);
    expect(file.cases.length).toBeGreaterThan(0);
  });

  test.each(file.cases)("$name", ({ request, expect: wanted }) => {
    expect(shown(ask(program, { ...request, host: HOST }), wanted)).toEqual(wanted);
  });
});

/** What happened, in the words and to the extent of what is expected. */
function shown(outcome: Outcome, wanted: Expected): Expected {
  if (outcome.cluster !== undefined && wanted.kind === "backend") {
    const { headers, path, cluster } = outcome;
    return {
      kind: "backend",
      cluster,
      path,
      headers: Object.fromEntries(
        Object.keys(wanted.headers).map((name) => [name, headers.get(name)?.join(",") ?? "none"]),
      ),
      absentHeaders: wanted.absentHeaders.filter((name) => !headers.has(name)),
    };
  }
  const { status = 0, location } = outcome;
  if (location === undefined) return { kind: "answer", status };
  const { host, pathname, search } = new URL(location);
  return { kind: "redirect", status, host, path: `${pathname}${search}` };
}
