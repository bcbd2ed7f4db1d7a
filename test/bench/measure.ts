import { readFileSync } from "node:fs";

/** One figure, how it is written, and what is promised. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Promised at most. */
  readonly promise?: number;
  /** Promised at least. */
  readonly atLeast?: number;
}

/** Median of figures; NaN for none. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 0 ? [sorted[middle - 1], sorted[middle]] : [sorted[middle], sorted[middle]];
  return (low + high) / 2;
}

/** Resident memory of a process in MB, as Linux tells it; NaN elsewhere. */
export function residentMb(pid: number): number {
  return memoryMb(pid, "VmRSS");
}

/** The most it ever was. */
export function peakMb(pid: number): number {
  return memoryMb(pid, "VmHWM");
}

function memoryMb(pid: number, field: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Milliseconds something takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

/** Says on stderr what takes long. */
export function tell(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}
