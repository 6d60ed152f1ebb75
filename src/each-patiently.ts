/**
 * Does the same for many items, `atOnce` at a time. One that fails is tried again behind the others, so it keeps none of
 * them waiting; what fails even then is thrown once all others are done.
 */
export async function eachPatiently<Item>(
  items: readonly Item[],
  { atOnce, tries }: { atOnce: number; tries: number },
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.map((item) => ({ item, left: tries }));
  const failures: unknown[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      try {
        await work(next.item);
      } catch (error) {
        if (next.left > 1) queue.push({ item: next.item, left: next.left - 1 });
        else failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}
