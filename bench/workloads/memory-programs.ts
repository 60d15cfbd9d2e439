// The filters whose memory is followed: both make garbage in every request, as filters of careless authors do.
import type { LoadRequest } from "../load/load.ts";

export const memoryPrograms = [
  { program: "allocating", name: "sdk: strings, objects and maps in each request" },
  { program: "contexts", name: "sdk: a context for each stream" },
] as const;

export const memoryRequest: LoadRequest = {
  authority: "bench.test",
  path: "/catalogue/books/science-fiction",
  headers: { "x-user": "user7", cookie: "a=1; b=2; c=3" },
};
