// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { httpServer, inBothEngines, type HttpTestServer } from "../testing/index.ts";

/** Answers with these pieces. */
function answering(type: string, ...pieces: (string | Buffer)[]): HttpTestServer {
  return httpServer((_, response) => {
    response.setHeader("content-type", type);
    for (const piece of pieces) response.write(piece);
    response.end();
  });
}

inBothEngines("body-rewrite", (run) => {
  test("digits of the request are masked, in one piece and in several", () => {
    const upstream = answering("application/json", "{}");
    return run({ clusters: { upstream } }, async (proxy) => {
      await proxy.send({ path: "/", method: "POST", body: "card 4111-1111, age 37" });
      await proxy.send({ path: "/", method: "POST", body: ["one 1", "2 two", "", " 3"] });
      await proxy.send({ path: "/", method: "POST", body: "" });
      expect(upstream.requests.map(({ body }) => body)).toEqual([
        "card ####-####, age ##",
        "one ## two #",
        "",
      ]);
    });
  });

  test("a word of the response is found across the boundary of two pieces", () =>
    run(
      { clusters: { upstream: answering("text/plain", "a sec", "ret, secretsecret", " end") } },
      async (proxy) => {
        const answer = await proxy.send({ path: "/" });
        expect(answer.body).toBe("-- begin --\na [redacted], [redacted][redacted] end\n-- end --");
      },
    ));

  test("an announced size does not cut the longer body", () => {
    const upstream = httpServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.setHeader("content-length", "6");
      response.end("secret");
    });
    return run({ clusters: { upstream } }, async (proxy) => {
      const answer = await proxy.send({ path: "/" });
      expect(answer.body).toBe("-- begin --\n[redacted]\n-- end --");
      expect(answer.headers.map(([name]) => name)).not.toContain("content-length");
    });
  });

  test("bytes that are no UTF-8 and bodies that are no text are left alone", async () => {
    const odd = Buffer.from([0xff, 0xc0, 0xaf, 0x00]);
    await run({ clusters: { upstream: answering("text/plain", odd) } }, async (proxy) => {
      const answer = await proxy.send({ path: "/" });
      expect(answer.bytes).toEqual(
        Buffer.concat([Buffer.from("-- begin --\n"), odd, Buffer.from("\n-- end --")]),
      );
    });
    await run({ clusters: { upstream: answering("image/png", "secret") } }, async (proxy) => {
      expect((await proxy.send({ path: "/" })).body).toBe("secret");
    });
  });

  test("a response beyond what the listener gathers is cut off: its headers are on their way already", () =>
    run({ clusters: { upstream: answering("text/plain", Buffer.alloc(3 << 20, "x")) } }, async (proxy) => {
      await expect(proxy.send({ path: "/" })).rejects.toThrow("aborted");
    }));
});
