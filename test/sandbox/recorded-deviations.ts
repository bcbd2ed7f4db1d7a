import { RECORDED_DEVIATIONS, type RecordedDeviation } from "./deviations.ts";
import type { Difference } from "./recorded-compare.ts";
import type { Recording } from "./recorded-files.ts";

export interface Judged {
  /** Differences that nobody listed. */
  readonly unlisted: readonly Difference[];
  readonly listed: ReadonlySet<RecordedDeviation>;
}

/** Tells the differences that are meant from the others. */
export function judge({ name, exchanges: [first] }: Recording, differences: readonly Difference[]): Judged {
  const listed = new Set<RecordedDeviation>();
  const time = first?.time ?? 0;
  const applies = ({ of: { file, before } }: RecordedDeviation): boolean =>
    (file === undefined || file === name) && (before === undefined || time < Date.parse(before));
  const unlisted = differences.filter(({ path, recorded }) => {
    const value = recorded === undefined ? "undefined" : JSON.stringify(recorded);
    const entry = RECORDED_DEVIATIONS.find(
      (candidate) => applies(candidate) && candidate.path.test(path) && (candidate.recorded?.test(value) ?? true),
    );
    if (entry !== undefined) listed.add(entry);
    return entry === undefined;
  });
  return { unlisted, listed };
}
