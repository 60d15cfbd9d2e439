// Colours and lines are for the one who looks: a person at a terminal, or what reads a pipe.
import { describe, expect, test } from "@jest/globals";
import { channel, type Channel } from "./terminal.ts";

function onto(
  terminal: boolean,
  env: NodeJS.ProcessEnv = {},
  columns = 40,
): { to: Channel; written: () => string } {
  let written = "";
  const stream = { fd: -1, columns, write: (text: string) => (written += text) };
  return { to: channel(stream, env, terminal), written: () => written };
}

describe("colours", () => {
  const coloured = (terminal: boolean, env: NodeJS.ProcessEnv): boolean =>
    onto(terminal, env).to.palette.bold("x") !== "x";

  test.each([
    ["on a terminal", true, {}, true],
    ["not when piped", false, {}, false],
    ["not on a dumb terminal", true, { TERM: "dumb" }, false],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["with an empty NO_COLOR", true, { NO_COLOR: "" }, true],
    ["with FORCE_COLOR when piped", false, { FORCE_COLOR: "1" }, true],
    ["not with FORCE_COLOR=0", true, { FORCE_COLOR: "0" }, false],
    ["not with both", true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ])("%s", (_, terminal, env, expected) => {
    expect(coloured(terminal, env)).toBe(expected);
  });
});

describe("lines", () => {
  const text = "a filter that says what it is, and goes on";

  test("are broken on a terminal, below the head", () => {
    const { to, written } = onto(true, { NO_COLOR: "1" }, 30);
    to.paragraph(text, " = help: ");
    expect(written()).toBe(" = help: a filter that says\n         what it is, and goes\n         on\n");
  });

  test("stay whole when piped", () => {
    const { to, written } = onto(false, {}, 30);
    to.paragraph(text, " = help: ");
    expect(written()).toBe(` = help: ${text}\n`);
    expect(to.width).toBe(Infinity);
  });

  test("have a usual width where the terminal does not say", () => {
    expect(onto(true, {}, 0).to.width).toBe(80);
  });

  test("stay whole where hardly a word fits", () => {
    const { to, written } = onto(true, { NO_COLOR: "1" }, 20);
    to.paragraph(text, " = help: ");
    expect(written()).toBe(` = help: ${text}\n`);
  });

  test("of tables are as wide as the terminal", () => {
    const { to, written } = onto(true, { NO_COLOR: "1" }, 24);
    to.table([["name", "what it says goes on for a while"]]);
    expect(written()).toBe("name  what it says goes\n      on for a while\n");
  });
});
