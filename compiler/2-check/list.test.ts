// `kubectl get … -o yaml` writes a List: the policies in it must not be left out in silence.
import { expect, test } from "@jest/globals";
import { check } from "../index.ts";

test("a List is an error, not a note", () => {
  const text = "apiVersion: v1\nkind: List\nitems: []\n";
  const { program, diagnostics } = check({
    files: [{ path: "list.yaml", shown: "list.yaml", text }],
    defaultName: "test",
  });
  expect(program).toBeUndefined();
  expect(diagnostics).toMatchObject([{ severity: "error", code: "TG2006" }]);
});
