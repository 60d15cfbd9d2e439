// tollgate schema: what it prints and writes, and what the package ships.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { combinedSchema, schemaOf } from "../json-schema/schema.ts";
import { repository, temporaryFolder, tollgate } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const schema = (...args: string[]): ReturnType<typeof tollgate> =>
  tollgate(["schema", ...args], { cwd: folder.path });

test("prints the schema of every document, or of one kind", async () => {
  const whole = await schema();
  expect(whole).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(whole.stdout)).toEqual(combinedSchema());
  const one = await schema("--kind", "RateLimitPolicy");
  expect(one).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(one.stdout)).toEqual(schemaOf("RateLimitPolicy"));
});

test("writes it into a file, again and again, and never over somebody else's", async () => {
  for (let i = 0; i < 2; i++)
    expect(await schema("-o", "deep/er/tollgate.schema.json")).toEqual({
      code: 0,
      stdout: `${path.join("deep", "er", "tollgate.schema.json")}\n`,
      stderr: "",
    });
  const file = path.join(folder.path, "deep/er/tollgate.schema.json");
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(combinedSchema());
  expect(await readdir(path.dirname(file))).toEqual(["tollgate.schema.json"]);
  await writeFile(path.join(folder.path, "mine.json"), "{}");
  const refused = await schema("-o", "mine.json");
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("Tollgate did not write it");
  expect(await readFile(path.join(folder.path, "mine.json"), "utf8")).toBe("{}");
});

test("a kind that there is not", async () => {
  const { code, stdout, stderr } = await schema("--kind", "Deployment");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("Allowed choices are RequestAuthentication, AuthorizationPolicy");
});

test("the package ships it", async () => {
  const shipped = await readFile(path.join(repository, "compiler/dist/tollgate.schema.json"), "utf8");
  expect(JSON.parse(shipped)).toEqual(combinedSchema());
});
