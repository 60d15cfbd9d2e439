// The JSON Schema itself: that readers of many sorts understand it, and that what it shows is right.
import { Ajv } from "ajv";
import { expect, test } from "@jest/globals";
import type { JsonSchema } from "../schema/json-schema.ts";
import { combinedSchema, kindNames, schemaOf } from "./schema.ts";
import { validator } from "./testing/random.ts";

/** Every schema inside one, with where it is. */
function* inside(schema: unknown, at = ""): Generator<readonly [string, JsonSchema]> {
  if (typeof schema !== "object" || schema === null) return;
  if (!Array.isArray(schema)) yield [at, schema];
  for (const [key, value] of Object.entries(schema))
    if (!["enum", "examples", "default", "const"].includes(key)) yield* inside(value, `${at}/${key}`);
}

const all = [...inside(combinedSchema())];

test("is one of draft-07, and as strict a reader as ajv knows all of its words", () => {
  const schema = combinedSchema();
  expect(new Ajv({ strict: false }).validateSchema(schema)).toBe(true);
  expect(() => validator().compile(schema)).not.toThrow();
  for (const kind of kindNames) expect(() => validator().compile(schemaOf(kind) ?? {})).not.toThrow();
  expect(schemaOf("Deployment")).toBeUndefined();
});

test("patterns are regular expressions with the flag `u`, and without what RE2 lacks", () => {
  const patterns = all.flatMap(([at, { pattern }]) =>
    typeof pattern === "string" ? [[at, pattern] as const] : [],
  );
  expect(patterns.length).toBeGreaterThan(50);
  for (const [at, pattern] of patterns) {
    expect(() => new RegExp(pattern, "u")).not.toThrow();
    expect([at, pattern]).not.toEqual([at, expect.stringMatching(/\(\?[=!<]|\\\d|\[\^\]/)]);
  }
});

test("defaults and examples are values that the field takes", () => {
  const ajv = validator();
  const shown = all.flatMap(([at, schema]) => {
    const { default: standard, examples = [] } = schema;
    if (at.endsWith("/properties") || !("type" in schema || "anyOf" in schema)) return [];
    return [...(standard === undefined ? [] : [standard]), ...examples].map((value) => ({
      at,
      schema,
      value,
    }));
  });
  expect(shown.length).toBeGreaterThan(100);
  for (const { at, schema, value } of shown)
    expect({ at, value, taken: ajv.validate(schema, value) }).toEqual({ at, value, taken: true });
});

test("every field is described", () => {
  const spec = combinedSchema().definitions?.["RateLimitPolicy"]?.properties?.["spec"];
  expect(spec?.properties?.["headers"]).toMatchObject({
    description: "The header fields that tell clients what is left.\n\nWhere absent: `Draft`.",
    default: "Draft",
    enum: ["Draft", "XRateLimit", "Off"],
  });
  const fields = all.filter(
    ([at]) => /\/properties\/[^/]+$/.test(at) && !/\/(allOf|if|then|else)\//.test(at),
  );
  expect(fields.length).toBeGreaterThan(200);
  for (const [at, { description }] of fields)
    expect([at, description]).toEqual([at, expect.stringMatching(/^\S/)]);
});
