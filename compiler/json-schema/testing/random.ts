// Random documents from a JSON Schema, and small faults put into them. Driven by a seed, so that a failure can be repeated.
import { Ajv, type ValidateFunction } from "ajv";
import type { Json, JsonSchema } from "../../schema/json-schema.ts";

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A validator that knows the keywords of editors. */
export function validator(): Ajv {
  const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: false });
  ajv.addVocabulary(["markdownDescription", "errorMessage", "patternErrorMessage", "doNotSuggest"]);
  return ajv;
}

/** Texts of all sorts: what a place takes is chosen from them. */
const TEXTS = [
  ...[
    "a",
    "shop",
    "x-user",
    "sub",
    "orders",
    "v2",
    "a.b",
    "A",
    "a b",
    "",
    "*",
    "a*",
    "*a",
    "ä",
    "1",
    "8080",
    "65536",
    "true",
  ],
  ...[
    "null",
    "~",
    "yes",
    "1e3",
    "0x10",
    "2026-01-31T08:00:00Z",
    "2026-13-01T00:00:00Z",
    "-",
    "a: b",
    "# c",
    "[a]",
    "{a}",
    "|",
  ],
  ...[
    "/",
    "/orders",
    "/orders/*",
    "/a/{*}/b",
    "//",
    "/a/../b",
    "/%2f",
    "/a?b",
    "/a#b",
    "orders/",
    "GET",
    "get",
    "DENY",
  ],
  ...[
    "10.0.0.0/8",
    "10.0.0.1",
    "2001:db8::/32",
    "300.1.1.1",
    "1.2.3.4/99",
    "shop.test",
    "*.shop.test",
    "1.2.3.4",
    "Shop.test",
  ],
  ...[
    "1s",
    "1m",
    "1h30m",
    "0s",
    "10",
    "1.5s",
    "100000s",
    "5 s",
    "https://shop.test",
    "http://a:99999",
    "https://*.a.test:8080",
  ],
  ...[
    "request.headers[x-user]",
    "request.headers[]",
    "request.auth.claims[a][b]",
    "request.auth.claims[a][]",
    "source.ip",
  ],
  ...[
    "destination.port",
    "source.serviceAccount",
    "experimental.envoy.filters.a.b[c]",
    "experimental.envoy.filters.[c]",
  ],
  ...[
    "request.method == 'GET'",
    "1 + 1",
    "size(",
    "${burst}",
    "a${burst}",
    "${1}",
    "app.kubernetes.io/name",
    "a/b/c",
    "shop/a",
  ],
  ...[
    "cluster.local",
    "cluster.local/ns/shop/sa/a",
    "gateway.networking.k8s.io",
    "networking.istio.io",
    "core",
    "Service",
  ],
  ...[
    "Gateway",
    "shop/orders:8080",
    "tollgate_x",
    "127.0.0.1:8081",
    "[::1]:80",
    "host",
    "<<",
    "é",
    "a".repeat(64),
    "a".repeat(300),
  ],
];

export class Generator {
  readonly #random: () => number;
  readonly #ajv: Ajv;
  readonly #compiled: WeakMap<JsonSchema, ValidateFunction>;

  constructor(seed: number, ajv: Ajv, compiled: WeakMap<JsonSchema, ValidateFunction>) {
    this.#random = randomOf(seed);
    this.#ajv = ajv;
    this.#compiled = compiled;
  }

  /** Mostly what the schema takes. */
  value(schema: JsonSchema, depth = 0): Json {
    if (schema.const !== undefined) return schema.const;
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices && schema.type === undefined) return this.value(this.one(choices), depth);
    if (schema.enum) return this.one(schema.enum);
    const { type } = schema;
    if (type === "string") return this.#text(schema);
    if (type === "integer") return this.#integer(schema);
    if (type === "boolean") return this.chance(0.5);
    if (type === "array") return this.#list(schema, depth);
    return type === "object" ? this.#mapping(schema, depth) : null;
  }

  /** Puts one fault, or what may be one, somewhere into a document. */
  fault(document: Json): Json {
    const copy = structuredClone(document) as Mutable;
    const places: [Mutable[] | MutableMapping, string | number][] = [];
    collect(copy, places);
    const [holder, key] = this.one(places);
    const there = holder[key as never] as Mutable;
    const name = this.one(TEXTS);
    const faults: (() => void)[] = [
      () => set(holder, key, this.one([null, true, 7, 1.5, -1, "7", "", [], {}, [null], { a: 1 }])),
      () => set(holder, key, this.one(TEXTS)),
      () => set(holder, key, [there]),
      () =>
        set(
          holder,
          key,
          typeof there === "number" ? this.one([0, -there, there + 0.5, there * 1e9, String(there)]) : {},
        ),
      () => (Array.isArray(holder) ? holder.splice(Number(key), 1) : Reflect.deleteProperty(holder, key)),
      () => {
        if (!Array.isArray(holder))
          holder[this.one([`${key}s`, "<<", name, "targetRef", "jwks", "provider"])] = this.one(TEXTS);
      },
      () => {
        if (Array.isArray(there)) set(holder, key, [...there, ...there]);
      },
      () => {
        // The same again by an alias.
        const [other, at] = this.one(places);
        if (!contains(there, other)) set(other, at, there);
      },
    ];
    this.one(faults)();
    return copy;
  }

  one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }

  chance(likely: number): boolean {
    return this.#random() < likely;
  }

  #text(schema: JsonSchema): string {
    const examples = (schema.examples ?? []).filter((one) => typeof one === "string");
    if (examples.length > 0 && this.chance(0.7)) return this.one(examples);
    const good = TEXTS.filter((one) => this.holds(schema, one));
    return this.one(good.length > 0 && this.chance(0.97) ? good : TEXTS);
  }

  #integer({ minimum = 0, maximum = 100, enum: words }: JsonSchema): number {
    if (words) return Number(this.one(words));
    return this.chance(0.5)
      ? this.one([minimum, maximum])
      : Math.min(maximum, minimum + Math.floor(this.#random() * 100));
  }

  #list({ items = {}, minItems = 0, maxItems = 3 }: JsonSchema, depth: number): Json[] {
    const length = Math.min(maxItems, minItems + Math.floor(this.#random() * (depth > 6 ? 1 : 3)));
    return Array.from({ length }, () => this.value(items, depth + 1));
  }

  #mapping(schema: JsonSchema, depth: number): Json {
    const {
      properties = {},
      required = [],
      additionalProperties,
      propertyNames = {},
      maxProperties,
    } = schema;
    const mapping: MutableMapping = {};
    const names = Object.keys(properties).filter((name) => !properties[name]?.doNotSuggest);
    const chosen =
      maxProperties === 1
        ? [this.one(names)]
        : names.filter((name) => required.includes(name) || this.chance(0.35));
    for (const name of chosen) mapping[name] = this.value(properties[name] ?? {}, depth + 1) as Mutable;
    if (typeof additionalProperties === "object") {
      const good = TEXTS.filter((one) => this.holds(propertyNames, one));
      for (let i = this.one([1, 1, 2]); i > 0; i--)
        mapping[this.one(good)] = this.value(additionalProperties, depth + 1) as Mutable;
    }
    for (let tries = 3; tries > 0; tries--) this.#mend(schema, mapping, properties, depth);
    return mapping;
  }

  /** Makes true what a rule between fields asks for, where that is easy. */
  #mend(
    rule: JsonSchema,
    mapping: MutableMapping,
    properties: Readonly<Record<string, JsonSchema>>,
    depth: number,
  ): void {
    for (const part of rule.allOf ?? []) this.#mend(part, mapping, properties, depth);
    if (rule.if) {
      const branch = this.holds(rule.if, mapping) ? rule.then : rule.else;
      if (branch) this.#mend(branch, mapping, properties, depth);
    }
    if (rule.anyOf && !this.holds({ anyOf: rule.anyOf }, mapping))
      this.#mend(this.one(rule.anyOf), mapping, properties, depth);
    if (rule.not?.required && this.holds(rule.not, mapping))
      Reflect.deleteProperty(mapping, this.one(rule.not.required));
    for (const name of rule.required ?? [])
      if (!(name in mapping)) mapping[name] = this.value(properties[name] ?? {}, depth + 1) as Mutable;
    if (rule.minProperties === 1 && Object.keys(mapping).length === 0) {
      const name = this.one(Object.keys(properties));
      if (name) mapping[name] = this.value(properties[name] ?? {}, depth + 1) as Mutable;
    }
    if (rule.properties === properties) return;
    for (const [name, shape] of Object.entries(rule.properties ?? {})) {
      const there = mapping[name];
      if (there === undefined || this.holds(shape, there)) continue;
      const whole = { ...properties[name], ...shape };
      if (shape.items && Array.isArray(there))
        for (const item of there)
          if (isMapping(item))
            this.#mend(shape.items, item, properties[name]?.items?.properties ?? {}, depth);
      if (shape.maxItems !== undefined && Array.isArray(there)) there.splice(shape.maxItems);
      if (!this.holds(shape, mapping[name] as Json)) mapping[name] = this.value(whole, depth + 1) as Mutable;
    }
  }

  /** Whether a value is what a schema takes. */
  holds(schema: JsonSchema, value: Json): boolean {
    let validate = this.#compiled.get(schema);
    if (!validate) {
      validate = this.#ajv.compile(schema);
      this.#compiled.set(schema, validate);
    }
    return validate(value);
  }
}

type Mutable = null | boolean | number | string | Mutable[] | MutableMapping;
interface MutableMapping {
  [name: string]: Mutable;
}

function isMapping(value: Mutable): value is MutableMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function set(holder: Mutable[] | MutableMapping, key: string | number, value: Mutable): void {
  holder[key as never] = value as never;
}

/** Every place inside a value. */
function collect(value: Mutable, into: [Mutable[] | MutableMapping, string | number][]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inside] of Object.entries(value)) {
    into.push([value, Array.isArray(value) ? Number(key) : key]);
    collect(inside, into);
  }
}

function contains(value: Mutable, searched: object): boolean {
  if (typeof value !== "object" || value === null) return false;
  return value === searched || Object.values(value).some((inside) => contains(inside, searched));
}
