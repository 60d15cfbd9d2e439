// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { httpServer, inBothEngines, type HttpTestServer } from "../testing/index.ts";

const saying = (text: string): HttpTestServer => httpServer((_, response) => response.end(text));

inBothEngines("route-by-header", (run) => {
  const served = async (headers: Record<string, string | string[]>): Promise<string> => {
    let body = "";
    await run({ clusters: { upstream: saying("old"), newer: saying("new") } }, async (proxy) => {
      ({ body } = await proxy.send({ path: "/", headers }));
    });
    return body;
  };

  test.each<[string, Record<string, string | string[]>, string]>([
    ["nobody in particular", {}, "old"],
    ["a tester", { cookie: "tester=1" }, "new"],
    ["a tester with other cookies", { cookie: "a=b; tester=1; c=d" }, "new"],
    ["somebody like a tester", { cookie: "xtester=1; tester=10; tester = 1" }, "old"],
    ["one who claims the header", { "x-version": "new" }, "old"],
    ["one who claims it twice", { "x-version": ["new", "new"], cookie: "tester=0" }, "old"],
    ["a tester who claims the old one", { "x-version": "old", cookie: "tester=1" }, "new"],
  ])("%s", async (_, headers, version) => {
    expect(await served(headers)).toMatch(new RegExp(`^(${version})?$`));
  });
});
