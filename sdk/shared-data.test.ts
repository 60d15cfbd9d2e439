// Shared data under keys that are made at run time, and the records in it.
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { compile } from "../filters/runtime/testing/compile.ts";
import { FilterModule, HeaderMap, SharedState, Vm } from "../host/index.ts";

const OK = "0";
const NOT_FOUND = "1";

let filter: FilterModule;
beforeAll(async () => {
  filter = FilterModule.compile(await compile("sdk/testing/shared-data.ts", "filter"));
});

let shared: SharedState;
let lines: string[];
let vm: Vm;
beforeEach(() => {
  shared = new SharedState();
  lines = [];
  vm = Vm.start(filter, { shared, log: (_, line) => lines.push(line) });
});

/** What the filter logs about a request. */
function send(user: string, path = "/"): string[] {
  lines.length = 0;
  const stream = vm.openStream();
  const headers: [string, string][] = [[":path", path]];
  if (user !== "") headers.push(["x-user", user]);
  stream.requestHeaders(new HeaderMap(headers), true);
  stream.close();
  return [...lines];
}

const valueOf = (key: string): Buffer | undefined => {
  const value = shared.dataOf("").get(key)?.value;
  return value && Buffer.from(value);
};

const record = (user: string): Buffer =>
  Buffer.concat([
    Buffer.from([4, 3, 2, 1]),
    Buffer.from("grüß"),
    Buffer.from([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]),
    Buffer.from(user),
  ]);

test("the key it was made with", () => {
  expect(send("", "/fixed")).toEqual([OK]);
  expect(valueOf("fixed")).toEqual(Buffer.from([7, 0, 0, 0, 0, 0, 0, 0]));
});

test("keys longer and shorter than the one before each have their own value", () => {
  const users = ["ann", "a-much-longer-name-than-that".repeat(20), "b", ""];
  for (const user of users) expect(send(user)).toEqual([NOT_FOUND, OK]);
  for (const user of users) expect(valueOf(`user:${user}`)).toEqual(record(user));
  expect(shared.dataOf("").size).toBe(users.length);
});

test("a value is read under the key in effect", () => {
  send("ann");
  send("bob");
  expect(send("ann")).toEqual([record("ann").toString(), OK]);
});

test("the version that was read belongs to its key", () => {
  send("elsewhere");
  send("ann");
  // Were that of the one kept for the other, the write would be refused.
  expect(send("ann", "/elsewhere")).toEqual([record("ann").toString(), OK]);
  expect(valueOf("user:elsewhere")).toEqual(record("ann"));
});

test("neither keys nor records make memory grow", () => {
  for (let i = 0; i < 2_000; i++) send(`user-${i % 50}`);
  const before = vm.memoryBytes;
  for (let i = 0; i < 20_000; i++) send(`user-${i % 50}`);
  expect(vm.memoryBytes).toBe(before);
});
