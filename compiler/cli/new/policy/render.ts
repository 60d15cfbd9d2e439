// A policy and its test as files.
import { check } from "../../../index.ts";
import { CommandFailure } from "../../failure.ts";
import { flowList, quoted, type Answers, type Rendered, type Starter, type Subject } from "./starter.ts";

/**
 * The files' texts by their names.
 * @throws CommandFailure where what was answered makes no policy
 */
export function renderPolicy(
  starter: Starter,
  subject: Subject,
  answers: Answers,
): ReadonlyMap<string, string> {
  const rendered = starter.render(subject, answers);
  const file = `${subject.name}.yaml`;
  // Against the bundle that is there the policy was held already.
  if (!rendered.usesBundle) refuseFaults(file, rendered.policy);
  return new Map([
    [file, rendered.policy],
    [`${subject.name}.test.yaml`, testOf(subject, rendered, file)],
  ]);
}

function refuseFaults(file: string, text: string): void {
  const { diagnostics } = check({ files: [{ path: file, shown: file, text }], defaultName: "bundle" });
  const fault = diagnostics.find(({ severity }) => severity === "error");
  if (fault) throw new CommandFailure(`this makes no policy: ${fault.message}`, fault.help);
}

/** The test reads the policy alone, so that it says the same whatever stands beside it. */
function testOf({ name, bundle }: Subject, { cases, usesBundle }: Rendered, file: string): string {
  const policies = usesBundle && bundle ? [file, bundle.file] : [file];
  const [workload] = usesBundle ? (bundle?.workloads ?? []) : [];
  return `# What ${file} promises, as requests and what must become of them.
apiVersion: tollgate.dev/v1alpha1
kind: PolicyTest
metadata: { name: ${quoted(name)} }
spec:
  policies: ${flowList(policies)}
${workload === undefined ? "" : `  workload: ${quoted(workload)}\n`}  cases:
${cases.map((one) => one.replace(/^/gm, "    ")).join("\n")}
`;
}
