// The paths that a policy is about, as answers name them: `/admin/*, /metrics`.
import { parts, type Question } from "./starter.ts";

/** Every path. */
const ALL = "*";

/** What is wrong with a list of paths. */
export function pathsFault(answer: string): string | undefined {
  const paths = parts(answer);
  if (paths.length === 0) return "name at least one path, such as `/admin/*`";
  const bad = paths.find((path) => path !== ALL && !/^\/[-A-Za-z0-9/._~!$&'()+;=:@%]*\*?$/.test(path));
  return bad === undefined
    ? undefined
    : `\`${bad}\` is no path: begin with \`/\`, and put an asterisk at the end only, as in \`/admin/*\``;
}

/** A question about paths. */
export function pathQuestion(asks: string, standard: string): Question {
  return { name: "path", placeholder: "<paths>", asks, standard, fault: pathsFault };
}

/** The patterns that an AuthorizationPolicy needs: who means all below `/admin/` means `/admin` as well. None: all paths. */
export function pathPatterns(answer: string): readonly string[] {
  const paths = parts(answer);
  if (paths.includes(ALL) || paths.includes("/*")) return [];
  return [...new Set(paths.flatMap((path) => (path.endsWith("/*") ? [path.slice(0, -2), path] : [path])))];
}

/** A path that one of the patterns means. */
export function pathInside(patterns: readonly string[]): string {
  const [first = "/"] = patterns.filter((pattern) => pattern.endsWith("*")).concat(patterns);
  return first.replace(/\*$/, "x");
}

/** A path that none of them means; undefined where they mean all. */
export function pathOutside(patterns: readonly string[]): string | undefined {
  if (patterns.length === 0) return undefined;
  const means = (pattern: string, path: string): boolean =>
    pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
  return ["/", "/elsewhere", "/another"].find((path) => !patterns.some((pattern) => means(pattern, path)));
}
