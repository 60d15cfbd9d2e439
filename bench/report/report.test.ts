// A report says of each goal what became of it, and what is left out is neither met nor missed.
import { expect, test } from "@jest/globals";
import { goalsMissed, renderReport, type Report } from "./report.ts";

const report: Report = {
  title: "costs",
  columns: ["what", "µs"],
  rows: [
    { cells: ["none", "1"] },
    {
      cells: ["ours", "2"],
      goals: [
        { text: "≤ 3", met: true },
        { text: "≤ 2 × theirs", met: undefined, undecided: "no theirs" },
        { text: "≤ 1", met: false },
      ],
    },
    {
      cells: ["both", "3"],
      goals: [
        { text: "≤ 3", met: true },
        { text: "≤ 4", met: true },
      ],
    },
    { cells: ["short", "4"], goals: [{ text: "flat", met: undefined }] },
  ],
  leftOut: [{ name: "theirs", reason: "there is no compiler" }],
  notes: ["Measured once."],
  raw: {},
};

test("verdicts", () => {
  expect(renderReport(report).split("\n")).toEqual([
    "## costs",
    "",
    "| what  | µs | goal                   | verdict                |",
    "| ----- | -- | ---------------------- | ---------------------- |",
    "| none  | 1  | –                      | –                      |",
    "| ours  | 2  | ≤ 3, ≤ 2 × theirs, ≤ 1 | met, no theirs, MISSED |",
    "| both  | 3  | ≤ 3, ≤ 4               | met                    |",
    "| short | 4  | flat                   | run too short          |",
    "",
    "Left out: `theirs`: there is no compiler.",
    "",
    "Measured once.",
    "",
  ]);
  expect(goalsMissed(report)).toBe(1);
});
