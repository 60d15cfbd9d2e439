// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { httpServer, inBothEngines } from "../testing/index.ts";

inBothEngines("shared-counter", (run) => {
  test("every request gets a number of its own, from whichever worker", () => {
    const upstream = httpServer();
    return run({ clusters: { upstream }, concurrency: 3 }, async (proxy) => {
      const rounds = 15;
      for (let round = 0; round < rounds; round++)
        await Promise.all(Array.from({ length: 20 }, () => proxy.send({ path: "/" })));
      const numbers = upstream.requests.map((request) => Number(request.header("x-request-number")));
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: rounds * 20 }, (_, i) => i + 1));
    });
  });

  test("a number that the client sends is replaced", () => {
    const upstream = httpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      await proxy.send({ path: "/", headers: { "x-request-number": ["7", "8"] } });
      expect(upstream.requests[0]?.header("x-request-number")).toBe("1");
    });
  });
});
