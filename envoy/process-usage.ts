// What a process costs, as the operating system counts it.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Resident memory in bytes. Throws where there is no such process. */
export function residentBytes(pid: number): number {
  if (process.platform !== "linux") {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;
  }
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** CPU time of the process's living threads in nanoseconds, far finer than the clock ticks of /proc/PID/stat. Linux only. */
export function cpuTime(pid: number): bigint {
  if (process.platform !== "linux") throw new Error("CPU time per thread can be read on Linux only");
  let total = 0n;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += BigInt(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0] ?? "0");
    } catch (error) {
      // The thread ended between the two reads.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return total;
}
