// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { httpServer, inBothEngines, nobody } from "../testing/index.ts";

const json = { "content-type": "application/json" };

inBothEngines("json-validation", (run) => {
  test("a body that is right reaches the upstream as it was sent, in one piece or several", () => {
    const upstream = httpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const body = '{ "item": "tea", "quantity": 2,\n "note": "caf\\u00e9 ☕" }';
      expect((await proxy.send({ path: "/", method: "POST", headers: json, body })).status).toBe(200);
      const pieces = [body.slice(0, 12), body.slice(12, 30), body.slice(30)];
      const headers = { "content-type": "Application/Problem+JSON; charset=utf-8" };
      expect((await proxy.send({ path: "/", method: "PUT", headers, body: pieces })).status).toBe(200);
      expect(upstream.requests.map((request) => request.body)).toEqual([body, body]);
    });
  });

  test.each<[string, number, string]>([
    ['{"item": "tea", "quantity": 1.5}', 422, "`quantity` must be of type integer"],
    ['{"item": "tea"}', 422, "`quantity` must be of type integer"],
    ['{"item": null, "quantity": 1}', 422, "`item` must be of type string"],
    ["[]", 422, "an object is wanted"],
    ['{"item": "tea" "quantity": 1}', 400, "line 1, column 16: a comma or `}` is wanted"],
    [
      '{"item": "tea", "quantity": 1, "quantity": 2}',
      400,
      "line 1, column 32: a name that its object has already",
    ],
    ['{"item": "tea", "quantity": 1', 400, "line 1, column 30: a comma or `}` is wanted"],
    ["[".repeat(1000), 400, "line 1, column 101: more than 100 levels"],
  ])("%s is refused with %i", (body, status, error) => {
    const upstream = httpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const answer = await proxy.send({ path: "/", method: "POST", headers: json, body });
      expect(answer.status).toBe(status);
      expect(answer.header("content-type")).toBe("application/json");
      expect(answer.json()).toEqual({ error });
      expect(upstream.requests).toEqual([]);
    });
  });

  test("a body that is too large is refused, whether its size is announced or not", () => {
    const upstream = httpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const body = JSON.stringify({ item: "x".repeat(2000), quantity: 1 });
      expect((await proxy.send({ path: "/", method: "POST", headers: json, body })).status).toBe(413);
      const pieces = [body.slice(0, 900), body.slice(900, 1800), body.slice(1800)];
      expect((await proxy.send({ path: "/", method: "POST", headers: json, body: pieces })).status).toBe(413);
      expect((await proxy.send({ path: "/", method: "POST", headers: json })).status).toBe(400);
      expect(upstream.requests).toEqual([]);
    });
  });

  test("what is no JSON by its type passes", () => {
    const upstream = httpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const headers = { "content-type": "text/plain" };
      await proxy.send({ path: "/", method: "POST", headers, body: "{ not json" });
      await proxy.send({ path: "/" });
      expect(upstream.requests.map(({ body }) => body)).toEqual(["{ not json", ""]);
    });
  });

  test.each([
    ["{", "line 1, column 2: a name in quotes is wanted"],
    ['{"required": {"a": "text"}}', "the type of `a` must be one of string,"],
    ['{"required": [], "maxBytes": 5}', "`required` must be an object"],
    ['{"required": {}, "maxBytes": -5}', "`maxBytes` must be a whole number above 0"],
  ])("the configuration %s is refused", (configuration, message) =>
    run.refused(
      { clusters: { upstream: nobody() }, edit: (yaml) => yaml.configure("json-validation", configuration) },
      (why) => {
        expect(why).toContain(`json-validation: ${message}`);
      },
    ),
  );
});
