import { expect, test } from "@jest/globals";
import { compileBytes } from "../testing/compile.ts";
import { loadFilter, type LoadOptions, type TestFilter } from "./jest.ts";

const load = (options?: LoadOptions): Promise<TestFilter> => loadFilter(compileBytes("tcp"), options);

test("pieces go both ways as the filter leaves them", async () => {
  const filter = await load();
  const connection = filter.connection({ properties: { source: "10.0.0.9:5" } });
  expect(filter).toHaveLogged("info", "new 10.0.0.9:5");
  expect(connection.fromClient("hello ")).toBe("continue");
  expect(connection.fromClient("edit this", "end")).toBe("continue");
  expect(connection.toUpstream.text).toBe("hello edited");
  expect(connection.toUpstream.ended).toBe(true);
  expect(connection.fromUpstream(Buffer.from("hi"))).toBe("continue");
  expect([connection.toClient.text, connection.toClient.ended]).toEqual(["hi!", false]);
  expect(connection.fromUpstream("", "end")).toBe("continue");
  expect(connection.toClient.ended).toBe(true);
  connection.close();
  connection.close("envoy");
  expect(connection.state).toBe("closed");
  expect(connection.fromClient("late")).toBe("closed");
  expect(filter.logs.filter(({ message }) => message.startsWith("down closed"))).toMatchObject([
    { message: "down closed by 2" },
  ]);
});

test("a piece that the filter holds back waits for the next, or for time", async () => {
  const filter = await load();
  const connection = filter.connection();
  expect(connection.fromClient("hold")).toBe("wait");
  expect([connection.state, connection.toUpstream.text]).toEqual(["waiting", ""]);
  expect(connection.fromClient(" on.")).toBe("continue");
  expect([connection.state, connection.toUpstream.text]).toEqual(["open", "hold on."]);
  const later = filter.connection();
  expect(later.fromClient("later", "end")).toBe("wait");
  await filter.clock.advance("10ms");
  expect([later.state, later.toUpstream.text, later.toUpstream.ended]).toEqual(["open", "later", true]);
});

test("the filter closes a connection", async () => {
  const filter = await load();
  const connection = filter.connection();
  expect(connection.fromClient("close")).toBe("closed");
  expect(connection.state).toBe("closed");
  expect(filter).toHaveLogged("info", "down closed by 1");
});

test("a trap ends connections, or lets everything through", async () => {
  const closed = await load({ workers: 2 });
  const other = closed.connection();
  expect(closed.connection().fromClient("trap")).toBe("failed");
  expect(other.fromClient("hello")).toBe("failed");
  expect(closed.connection().state).toBe("failed");
  expect(closed.connection().fromClient("hello")).toBe("failed");
  expect(closed.connection({ worker: 1 }).fromClient("hello")).toBe("continue");
  const open = await load({ failurePolicy: "FAIL_OPEN" });
  open.connection().fromClient("trap");
  const connection = open.connection();
  expect([connection.fromClient("a"), connection.fromUpstream("b", "end")]).toEqual(["continue", "continue"]);
  expect([connection.toUpstream.text, connection.toClient.text, connection.toClient.ended]).toEqual([
    "a",
    "b",
    true,
  ]);
  connection.close();
});
