/** As in the paper that found it (Cormack et al., 2009): large, so that no single list decides alone. */
const K = 60;

/**
 * Reciprocal rank fusion: what stands high in several lists comes first. Of what is in several, the first list's entry is
 * taken. Equals keep the order of the lists. What is first in every list that found anything scores 1.
 */
export function fuse<Item extends { id: string }>(lists: Item[][]): (Item & { score: number })[] {
  const best = lists.filter((list) => list.length > 0).length / (K + 1);
  const scores = new Map<string, { item: Item; score: number }>();
  for (const list of lists) {
    list.forEach((item, index) => {
      const known = scores.get(item.id) ?? { item, score: 0 };
      known.score += 1 / (K + index + 1);
      scores.set(item.id, known);
    });
  }
  return [...scores.values()]
    .sort((a, b) => b.score - a.score)
    .map(({ item, score }) => ({ ...item, score: score / best }));
}
