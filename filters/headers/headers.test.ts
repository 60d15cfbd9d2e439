// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { httpServer, inBothEngines, type Echo } from "../testing/index.ts";

inBothEngines("headers", (run) => {
  test("internal headers stay outside, whatever their case and number", () =>
    run({ clusters: { upstream: httpServer() } }, async (proxy) => {
      const answer = await proxy.send({
        path: "/",
        headers: {
          "x-internal-user": ["1", "2"],
          "X-Internal-Role": "admin",
          "x-internal": "stays",
          "x-last": "kept",
        },
      });
      const { headers } = answer.json<Echo>();
      expect(headers.filter(([name]) => name.startsWith("x-internal"))).toEqual([["x-internal", "stays"]]);
      expect(headers).toContainEqual(["x-last", "kept"]);
      expect(answer.header("x-dropped")).toBe("3");
    }));

  test("repeated values become one", () =>
    run({ clusters: { upstream: httpServer() } }, async (proxy) => {
      const tags = async (values: string[]): Promise<string[]> => {
        const answer = await proxy.send({ path: "/", headers: { "x-tag": values } });
        return answer.json<Echo>().headers.flatMap(([name, value]) => (name === "x-tag" ? [value] : []));
      };
      expect(await tags(["a", "b", "c"])).toEqual(["a;b;c"]);
      expect(await tags(["only"])).toEqual(["only"]);
    }));

  test("the response says nothing of what serves it, and each stream counts for itself", () => {
    const upstream = httpServer((_, response) => {
      response.setHeader("x-powered-by", ["one", "two"]);
      response.end();
    });
    return run({ clusters: { upstream } }, async (proxy) => {
      const [first, second] = await Promise.all([
        proxy.send({ path: "/", headers: { "x-internal-a": "1" } }),
        proxy.send({ path: "/" }),
      ]);
      expect([first.header("x-dropped"), second.header("x-dropped")]).toEqual(["1", "0"]);
      expect(first.headers.map(([name]) => name)).not.toContain("x-powered-by");
    });
  });
});
