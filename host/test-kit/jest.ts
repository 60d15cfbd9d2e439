/** The kit for Jest: registers its matchers with the global `expect`, where there is one, and gives them their types. */
import type {} from "expect";
import { matchers, type FilterMatchers } from "./matchers/index.ts";

export * from "./index.ts";

interface Extensible {
  extend(matchers: object): void;
}

(globalThis as { expect?: Extensible }).expect?.extend(matchers);

/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type, @typescript-eslint/no-namespace --
   declarations merge with those of Jest only where they look alike */

/** `expect` of `@jest/globals`. */
declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends FilterMatchers<R> {}
}

/** The global `expect`, with `@types/jest`. */
declare global {
  namespace jest {
    interface Matchers<R, T = {}> extends FilterMatchers<R> {}
  }
}
