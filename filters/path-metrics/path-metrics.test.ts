// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { eventually, httpServer, inBothEngines, nobody } from "../testing/index.ts";

inBothEngines("path-metrics", (run) => {
  test("requests are counted by their first segment, the unknown together", () => {
    const upstream = httpServer((request, response) => {
      response.statusCode = request.url.includes("broken") ? 500 : 200;
      response.end();
    });
    return run({ clusters: { upstream } }, async (proxy) => {
      const paths = [
        "/cart",
        "/cart/7",
        "/cart?x=1",
        "/catalogue/a/b",
        "/",
        "/carts",
        "/cart%20",
        "/x.y/broken",
      ];
      for (const path of paths) await proxy.send({ path });
      await eventually(async () => {
        const stats = await proxy.stats();
        expect(stats["path_metrics.requests.path.cart"]).toBe(3);
        expect(stats["path_metrics.requests.path.catalogue"]).toBe(1);
        expect(stats["path_metrics.requests.path.other"]).toBe(4);
        expect(stats["path_metrics.failures"]).toBe(1);
        expect(stats["path_metrics.active"]).toBe(0);
        expect(stats["path_metrics.milliseconds"]).toBe(8);
      });
    });
  });

  test("an answer of the proxy's own is counted as a failure, and nothing stays active", () =>
    run({ clusters: { upstream: nobody() } }, async (proxy) => {
      expect((await proxy.send({ path: "/cart" })).status).toBe(503);
      await eventually(async () => {
        expect(await proxy.stats()).toMatchObject({ "path_metrics.failures": 1, "path_metrics.active": 0 });
      });
    }));

  test("a configuration that names no segment is refused", () =>
    run.refused(
      { clusters: { upstream: nobody() }, edit: (yaml) => yaml.configure("path-metrics", "cart\na/b") },
      (why) => {
        expect(why).toContain("path-metrics: 'a/b' is no first segment of a path");
      },
    ));
});
