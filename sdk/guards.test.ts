// What the SDK refuses because Envoy would not live through it. In Envoy: runtime-tests/traces/sdk-guards.trace.yaml.
import { beforeAll, expect, test } from "@jest/globals";
import { compile } from "../filters/runtime/testing/compile.ts";
import { FilterModule } from "../host/index.ts";
import { fakeUpstream, loadFilter, type TestFilter } from "../host/test-kit/index.ts";

let module: FilterModule;
beforeAll(async () => {
  module = FilterModule.compile(await compile("sdk/testing/guards.ts", "filter"));
});

const load = (): Promise<TestFilter> =>
  loadFilter(module, {
    clusters: { auth: fakeUpstream({ body: "kim" }) },
    upstream: { body: ["one", "two"] },
  });

const lines = (filter: TestFilter): string[] => filter.logs.map(({ message }) => message);
/** `continueRequest`, `continueResponse`, `resetStream`, `sendLocalResponse`: all refused. */
const OVER = "log 2 2 2 2";

test.each([
  ["a response that is not there does not go on", "/early", "early 2"],
  ["nor after a callout, but the request does", "/call", "call 2 0"],
  ["a request goes on once", "/twice", "twice 0 0"],
  ["whatever its callback answers", "/undone", "undone 0"],
  ["a response goes on once", "/response-twice", "response 0"],
  ["whatever its callback answers, too", "/response-undone", "response 0"],
  ["a response whose headers waited goes on", "/held-headers", "held 0"],
  ["a response whose body waited goes on", "/held-body", "held 0"],
])("%s", async (_, path, said) => {
  const filter = await load();
  const exchange = await filter.request({ path });
  expect(exchange).toMatchObject({ response: { status: 200 } });
  expect(lines(filter)).toEqual([said, OVER]);
  expect(filter.workers[0]?.vm.failed).toBe(false);
});

test.each([
  ["in the request", "/answered", 403, "answered 0 2"],
  ["after a callout", "/call-answer", 403, "call-answer 0 2 2"],
  ["and then does not go on", "/answered-go", 403, "answered-go 0 2"],
  ["and then does not go on, after a callout", "/call-answer-go", 403, "call-answer-go 0 2"],
])("a callback answers once, %s", async (_, path, status, said) => {
  const filter = await load();
  const exchange = await filter.request({ path });
  expect(exchange).toMatchObject({ response: { status } });
  expect(lines(filter)).toEqual([said, OVER]);
});

test("a callback answers once, in the response's body, too", async () => {
  const filter = await load();
  await filter.request({ path: "/body-answers" });
  expect(lines(filter)).toEqual(["body 0 2", OVER]);
});

test.each([
  ["/release", 200],
  ["/release-answer", 429],
])("a stream that waits is let go in another's last callback: %s", async (path, status) => {
  const filter = await load();
  const held = await filter.request({ path: "/hold" });
  await filter.request({ path });
  expect(held).toMatchObject({ response: { status } });
  expect(lines(filter).slice(0, 2)).toEqual([OVER, "released 0"]);
});

test("headers are those of the stream in effect", async () => {
  const filter = await load();
  const [a, b] = await Promise.all(["/tick-a", "/tick-b"].map((path) => filter.request({ path })));
  await filter.clock.advance("20ms");
  expect(lines(filter).slice(0, 4)).toEqual(["tick /tick-a", "tick /tick-b", "tick 0 0", "tick 1 1"]);
  expect(a?.upstream?.headers.get("x-tick")).toBe("0");
  expect(b?.upstream?.headers.get("x-tick")).toBe("1");
});
