// The rate-limiting stage as source: room for the buckets, then every limit looked at before any is taken from.
import type { Plan, PlannedLimit } from "../4-plan/plan.ts";
import { detailsOf, grpcStatus } from "../ir/details.ts";
import type { KeyPart } from "../ir/program.ts";
import { maskOf } from "../net/block.ts";
import { bucketShape, type BucketShape } from "../ir/rates.ts";
import { hex } from "./expression.ts";
import { comment } from "./literals.ts";
import { place, type Writer } from "./writer.ts";

/** What a configuration needs so that limits can hold: room for the buckets. */
export function configureLimits({ limits }: Plan, writer: Writer): void {
  if (limits.length === 0) return;
  const reserve = writer.runtime("token-bucket", "reserveBuckets");
  writer.configure.push(
    `${writer.runtime("limit-key", "seedKeys")}()`,
    ...limits.map((limit, i) => `${reserve}(${buckets(i)}, ${limit.sets})`),
  );
}

/** The constant that holds where a limit's buckets are. */
export function buckets(limit: number): string {
  return `BUCKETS_${limit}`;
}

export function emitLimits(plan: Plan, writer: Writer): void {
  const { limits, responses } = plan;
  const actions = writer.abi("numbers", "HeadersAction");
  writer.line("", "/** Every limit must have room; only then does the request take from them. */");
  writer.line("function limit(): u32 {");
  writer.line(`  const time = ${writer.runtime("limit-key", "now")}();`);
  writer.line("  let longest: u64 = 0;", "  let refusing: u32 = 0;");
  limits.forEach((limit, i) => {
    const { rate, cost, capacity, fillTime } = bucketOf(limit);
    writer.lineFor(
      limit.origin.span,
      `  // ${place(limit.origin)}: ${comment(limit.rates[0]?.words ?? "")}`,
      `  const key${i} = ${keyExpression(writer, limit, i)};`,
      `  const bucket${i} = ${writer.runtime("token-bucket", "findBucket")}(${buckets(i)}, key${i}, time, ${rate}, ${fillTime});`,
      `  const wait${i} = ${writer.runtime("token-bucket", "waitTime")}(bucket${i}, key${i}, time, ${capacity}, ${cost}, ${rate}, ${fillTime});`,
      `  if (wait${i} > longest) {`,
      `    longest = wait${i};`,
      `    refusing = ${i};`,
      "  }",
    );
  });
  writer.line("  if (longest != 0) {", "    switch (refusing) {");
  limits.forEach((limit, i) => {
    const details = writer.why(detailsOf("rate-limiting", limit.origin));
    const body = writer.literals.of(responses.limited.body).arguments;
    const call = `${writer.runtime("respond", "refuseForNow")}(${responses.limited.status}, ${details}, ${body}, ${grpcStatus.limited}, longest)`;
    const label = i === limits.length - 1 ? "default" : `case ${i}`;
    writer.lineFor(limit.origin.span, `      ${label}:`, `        return ${call};`);
  });
  writer.line("    }", "  }");
  limits.forEach((limit, i) => {
    const { rate, cost, fillTime } = bucketOf(limit);
    const take = writer.runtime("token-bucket", "take");
    writer.lineFor(limit.origin.span, `  ${take}(bucket${i}, key${i}, time, ${cost}, ${rate}, ${fillTime});`);
  });
  writer.line(`  return ${actions}.Continue;`, "}");
}

function bucketOf({ rates: [rate], cost }: PlannedLimit): BucketShape & { readonly cost: bigint } {
  const shape = rate && bucketShape(rate);
  if (!shape) throw new Error("an unchecked rate");
  return { ...shape, cost: shape.token * BigInt(cost.kind === "constant" ? cost.value : 1) };
}

function keyExpression(writer: Writer, limit: PlannedLimit, index: number): string {
  return limit.key.reduce(
    (key, part) => keyPart(writer, key, part),
    `${writer.runtime("limit-key", "beginKey")}(${index})`,
  );
}

function keyPart(writer: Writer, key: string, part: KeyPart): string {
  if (part.kind === "header")
    return `${writer.runtime("limit-key", "addHeader")}(${key}, ${writer.slot(part.name)})`;
  if (part.kind === "host")
    return `${writer.runtime("limit-key", "addHost")}(${key}, ${writer.slot(":authority")})`;
  if (part.kind !== "peer") throw new Error(`${part.kind} is no key yet`);
  const v6 = maskOf(128, part.v6Bits);
  const masks = [maskOf(32, part.v4Bits), v6 >> 64n, v6 & 0xffffffffffffffffn].map(hex).join(", ");
  return `${writer.runtime("limit-key", "addPeer")}(${key}, ${masks})`;
}
