// What is around the filter and yet decides of requests: where clusters lead to, what listeners do to paths, and which headers
// no client may write.
import { all, any, not } from "../ir/conditions.ts";
import type { Program } from "../ir/program.ts";
import { ownedHeaders } from "../ir/route-headers.ts";
import { satisfiable } from "../questions/index.ts";
import { canonical } from "./canonical.ts";
import { nothingFound, type Candidate, type Found, type Sides } from "./change.ts";
import type { Version } from "./compare.ts";
import { asSeen } from "./domain.ts";
import type { Trial } from "./trial.ts";

export function compareSurroundings(versions: Sides<Version>, trial: Trial): Found {
  const { programs } = trial;
  const changes = [...paths(versions), ...backends(programs), ...service(programs)];
  const owned = ownedAnew(trial);
  return { ...nothingFound, candidates: [...changes, ...owned.candidates], undecided: owned.undecided };
}

const unknown = { old: undefined, new: undefined };

function paths({ old: before, new: after }: Sides<Version>): Candidate[] {
  const [from, to] = [before.pathNormalization, after.pathNormalization];
  if (from === to) return [];
  const details = [`listeners normalise paths: ${from} → ${to}`];
  return [{ kind: "answered-differently", details, deciders: unknown }];
}

/** Of clusters that both versions name. */
function backends({ old: before, new: after }: Sides<Program>): Candidate[] {
  return before.backends.flatMap(({ cluster, url }) => {
    const other = after.backends.find((backend) => backend.cluster === cluster);
    if (!other || other.url === url) return [];
    const details = [`cluster ${cluster}: ${url} → ${other.url}`];
    return [{ kind: "routed-elsewhere" as const, details, deciders: unknown }];
  });
}

function service({ old: before, new: after }: Sides<Program>): Candidate[] {
  const [from, to] = [before.rateLimitService, after.rateLimitService];
  if (!from || !to || canonical(from) === canonical(to)) return [];
  const words = ({ cluster, domain, timeoutMs, address }: typeof from): string =>
    `${cluster}${address ? ` at ${address.host}:${address.port}` : ""}, domain ${domain}, waited for ${timeoutMs} ms`;
  const details = [`the service that counts: ${words(from)} → ${words(to)}`];
  return [{ kind: "limited-differently", details, deciders: unknown }];
}

/** What clients send under the names of headers that only one version keeps for itself. */
function ownedAnew(trial: Trial): Found {
  const { programs } = trial;
  const [before, after] = [ownedHeaders(programs.old), ownedHeaders(programs.new)];
  const names = [
    ...before.filter((name) => !after.includes(name)),
    ...after.filter((name) => !before.includes(name)),
  ];
  if (names.length === 0) return nothingFound;
  const passing = [programs.old, programs.new].flatMap((program) => {
    const { deny, allow, anyAllowPolicy } = program.authorization;
    const seen = (rules: typeof deny) => rules.map(({ when }) => asSeen(when, program));
    return [not(any(seen(deny))), ...(anyAllowPolicy ? [any(seen(allow))] : [])];
  });
  const answer = satisfiable(all(passing));
  if (answer.kind === "never") return nothingFound;
  const open = {
    ...nothingFound,
    undecided: [`clients' own headers: whether ${names.join(", ")} reach the upstream`],
  };
  if (answer.kind === "undecided") return open;
  const headers = [...answer.request.headers, ...names.map((name) => [name, "1"] as const)];
  const shown = trial.candidate(
    {
      kind: "routed-elsewhere",
      details: names.map(
        (name) =>
          `request header ${name} of a client: ${after.includes(name) ? "passed on → removed" : "removed → passed on"}`,
      ),
      deciders: unknown,
    },
    [{ request: { ...answer.request, headers }, times: 1, after: 0n }],
  );
  return shown ? { ...nothingFound, candidates: [shown] } : open;
}
