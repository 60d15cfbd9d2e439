import { beforeAll, describe, expect, test } from "@jest/globals";
import { HeaderMap } from "../header-map.ts";
import type { FilterModule } from "../module.ts";
import { SharedState } from "../shared-state.ts";
import { compileFilter } from "../testing/compile.ts";
import { Vm, VmStartError } from "../vm.ts";
import { FilterSlot, type SlotClock } from "./filter-slot.ts";

let filter: FilterModule;

beforeAll(() => {
  filter = compileFilter("headers");
});

/** Time that passes when told to, and no chance. */
class Hours implements SlotClock {
  random = (): number => 0.5;
  private now = 0;
  private waiting: Array<{ at: number; callback: () => void }> = [];

  elapsed(): number {
    return this.now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.now + milliseconds, callback };
    this.waiting.push(timer);
    return () => (this.waiting = this.waiting.filter((other) => other !== timer));
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    const due = this.waiting.filter(({ at }) => at <= this.now);
    this.waiting = this.waiting.filter(({ at }) => at > this.now);
    for (const { callback } of due) callback();
  }
}

interface Rig {
  clock: Hours;
  slot: FilterSlot;
  starts: number;
  broken: boolean;
  ask: (path: string) => string;
}

function rig(reloadBackoffMs?: number): Rig {
  const clock = new Hours();
  const start = (): Vm => {
    rig.starts++;
    if (rig.broken) throw new VmStartError("not now");
    return Vm.start(filter);
  };
  const rig: Rig = {
    clock,
    starts: 0,
    broken: false,
    slot: undefined as unknown as FilterSlot,
    ask: (path) => {
      const lease = rig.slot.open(new Map());
      if (typeof lease === "string") return lease;
      const headers = new HeaderMap([
        [":method", "GET"],
        [":path", path],
        [":authority", "shop.test"],
      ]);
      const { kind } = lease.stream.requestHeaders(headers, true);
      lease.release("");
      return kind;
    },
  };
  const context = { clusters: new Map<string, never>(), shared: new SharedState() };
  rig.slot = new FilterSlot(start, context, "FAIL_RELOAD", { reloadBackoffMs, clock });
  return rig;
}

describe("FAIL_RELOAD", () => {
  test("starts anew at once where the VM is old enough", () => {
    const { clock, ask } = rig();
    clock.pass(1250);
    expect([ask("/trap"), ask("/"), ask("/")]).toEqual(["failed", "continue", "continue"]);
  });

  test("waits while the last start is more recent: a second and up to half of one more", () => {
    const { clock, ask } = rig();
    expect([ask("/trap"), ask("/")]).toEqual(["failed", "refuse"]);
    clock.pass(1249);
    expect(ask("/")).toBe("refuse");
    clock.pass(1);
    expect(ask("/")).toBe("continue");
  });

  test("waits as long as it is told", () => {
    const { clock, ask } = rig(100);
    ask("/trap");
    clock.pass(124);
    expect(ask("/")).toBe("refuse");
    clock.pass(1);
    expect(ask("/")).toBe("continue");
    const eager = rig(0);
    expect([eager.ask("/trap"), eager.ask("/")]).toEqual(["failed", "continue"]);
  });

  test("waits again after a start that failed", () => {
    const slot = rig(100);
    slot.clock.pass(1000);
    slot.ask("/trap");
    slot.broken = true;
    expect([slot.ask("/"), slot.ask("/"), slot.starts]).toEqual(["refuse", "refuse", 2]);
    slot.broken = false;
    slot.clock.pass(124);
    expect([slot.ask("/"), slot.starts]).toEqual(["refuse", 2]);
    slot.clock.pass(1);
    expect([slot.ask("/"), slot.starts]).toEqual(["continue", 3]);
  });
});

test("the timer's next period begins when its callback has returned, and ends with the slot", () => {
  const { clock, slot } = rig();
  const lease = slot.open(new Map());
  if (typeof lease === "string") throw new Error(lease);
  const continued: string[] = [];
  lease.stream.listener = { continued: (side) => continued.push(side), ended: () => {} };
  const pause = (): void => {
    const headers = new HeaderMap([
      [":method", "GET"],
      [":path", "/later"],
      [":authority", "shop.test"],
    ]);
    expect(lease.stream.requestHeaders(headers, true).kind).toBe("pause");
  };
  pause();
  clock.pass(19);
  expect(continued).toEqual([]);
  clock.pass(1);
  expect(continued).toEqual(["request"]);
  clock.pass(20);
  slot.close();
  clock.pass(1000);
  expect(continued).toEqual(["request"]);
});
