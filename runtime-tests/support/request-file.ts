// Request files: policies, requests, and what must become of them. Written in YAML, in the words of a `PolicyTest`.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import type { Observation } from "../engines/engine.ts";
import type { HeaderList, HttpRequest } from "./http-client.ts";

export interface RequestFile {
  readonly name: string;
  /** Files and folders, as `tollgate` takes them. */
  readonly policies: readonly string[];
  readonly cases: readonly RequestCase[];
}

export interface RequestCase {
  readonly name: string;
  /** How many times the request is sent; each time the same is expected. */
  readonly repeat: number;
  readonly request: HttpRequest;
  readonly expect: Expectation;
  /** What Envoys do that are older than a version. */
  readonly older?: { readonly than: string; readonly expect: Expectation };
}

/** What must be so; what is not named may be as it likes, as long as all engines agree. */
export interface Expectation {
  readonly decision: "allow" | "deny" | "limit";
  readonly status?: number;
  readonly details?: string;
  readonly body?: string;
  readonly grpcStatus?: string;
  /** Headers the upstream must see, and those it must not. */
  readonly upstream?: Readonly<Record<string, string | readonly string[] | null>>;
  /** Headers of the response, likewise. */
  readonly response?: Readonly<Record<string, string | readonly string[] | null>>;
}

interface WrittenCase {
  readonly name: string;
  readonly repeat?: number;
  readonly request: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly source?: { readonly address?: string };
  };
  readonly expect: Expectation;
  readonly older?: RequestCase["older"];
}

export async function readRequestFile(file: string): Promise<RequestFile> {
  const written = parse(await readFile(file, "utf8")) as { policies: string[]; cases: WrittenCase[] };
  return {
    name: path.basename(file, ".yaml"),
    policies: written.policies.map((p) => path.resolve(path.dirname(file), p)),
    cases: written.cases.map(({ name, repeat, request, expect, older }) => ({
      name,
      repeat: repeat ?? 1,
      request: {
        method: request.method ?? "GET",
        path: request.path ?? "/",
        headers: headerList({ host: "test", ...request.headers }),
        ...(request.source?.address !== undefined && { from: request.source.address }),
      },
      expect,
      ...(older && { older }),
    })),
  };
}

function headerList(headers: Readonly<Record<string, string | readonly string[]>>): HeaderList {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : value.map((v) => [name, v] as const),
  );
}

/** The part of an observation that an expectation speaks of, and what it should be: the two are compared as a whole. */
export function expectedPart(expect: Expectation, seen: Observation): { got: object; want: object } {
  const wanted = {
    decision: expect.decision,
    ...(expect.status !== undefined && { status: expect.status }),
    ...(expect.details !== undefined && { details: expect.details }),
    ...(expect.body !== undefined && { body: expect.body }),
    ...(expect.grpcStatus !== undefined && { grpcStatus: expect.grpcStatus }),
    ...(expect.upstream && { upstream: lists(expect.upstream) }),
    ...(expect.response && { response: lists(expect.response) }),
  };
  const got = {
    decision: decisionOf(seen),
    ...(expect.status !== undefined && { status: seen.status }),
    ...(expect.details !== undefined && { details: seen.details }),
    ...(expect.body !== undefined && { body: seen.body }),
    ...(expect.grpcStatus !== undefined && { grpcStatus: seen.grpcStatus }),
    ...(expect.upstream && { upstream: picked(expect.upstream, seen.upstream?.headers ?? []) }),
    ...(expect.response && { response: picked(expect.response, seen.response ?? []) }),
  };
  return { got, want: wanted };
}

function decisionOf(seen: Observation): string {
  if (seen.upstream) return "allow";
  return seen.details?.startsWith("tollgate:rate-limiting:") === true ? "limit" : "deny";
}

function lists(headers: NonNullable<Expectation["upstream"]>): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value === null ? [] : typeof value === "string" ? [value] : value,
    ]),
  );
}

function picked(names: object, headers: HeaderList): Record<string, string[]> {
  return Object.fromEntries(
    Object.keys(names).map((name) => [name, headers.filter(([n]) => n === name).map(([, v]) => v)]),
  );
}
