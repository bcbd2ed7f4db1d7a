/** Does the same to each of a list, so many at once; stops beginning when `act` gives false. Throws what it throws. */
export async function atOnce<T>(
  most: number,
  items: readonly T[],
  act: (item: T) => Promise<boolean | undefined>,
): Promise<void> {
  let next = 0;
  let stopped = false;
  const work = async (): Promise<void> => {
    while (!stopped && next < items.length) {
      const item = items[next];
      next += 1;
      if (item === undefined) continue;
      try {
        if ((await act(item)) === false) stopped = true;
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, work));
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
}
