// Strangers agree: random policies and requests, decided alike by interpreter, host, Envoy's wasm and Envoy's native RBAC.
// ORACLE_PAIRS and ORACLE_SEED ask for a longer or another run than the short one of every day.
import { expect, test } from "@jest/globals";
import { envoyForTests } from "../../envoy/testing.ts";
import { certificates } from "../../envoy/test-certificates/certificates.ts";
import { startRig } from "./rig.ts";
import { runOracle } from "./run.ts";

const pairs = Number(process.env["ORACLE_PAIRS"] ?? 6_000);
const seed = Number(process.env["ORACLE_SEED"] ?? 20261);

test("random policies are decided as native RBAC decides their translation", async () => {
  expect(await runOracle({ pairs, seed })).toBeUndefined();
}, 3_600_000);

test("what native RBAC tells without enforcing is what it enforces", async () => {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const issued = await certificates();
  const path = (text: string): object => ({
    permissions: [{ url_path: { path: { exact: text } } }],
    principals: [{ any: true }],
  });
  const native = [
    { action: "DENY", policies: { "0000.0000": path("/never") } },
    { action: "ALLOW", policies: { "0000.0000": path("/a"), "0001.0000": path("/never") } },
  ];
  const subjects = [
    { name: "tells", native },
    { name: "enforces", native, enforce: true },
  ];
  const rig = await startRig(envoyPath, subjects, issued);
  try {
    const requests = ["/a", "/b", "/never", "/a?x"].map((target) => ({
      method: "GET",
      path: target,
      headers: [["host", "a.test"] as const],
    }));
    const told = await rig.send("tells", { from: "127.0.0.1" }, requests);
    const decided = told.map((answer) => answer?.native.every(({ allowed }) => allowed));
    expect(decided).toEqual([true, false, false, true]);
    const enforced = await rig.send("enforces", { from: "127.0.0.1" }, requests);
    expect(enforced.map((answer) => answer?.status === 200)).toEqual(decided);
    expect(enforced.map((answer) => answer?.details)).toEqual([
      "direct_response",
      "rbac_access_denied_matched_policy[none]",
      "rbac_access_denied_matched_policy[0000.0000]",
      "direct_response",
    ]);
  } finally {
    await rig.close();
    await issued.remove();
  }
});
