/** How many letters have to be added, left out, changed or swapped with their neighbour to make one word the other. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array(b.length).fill(0)] as number[]);
  const at = (i: number, j: number) => (rows[i] as number[])[j] as number;
  for (let j = 0; j <= b.length; j += 1) (rows[0] as number[])[j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = least;
    }
  }
  return at(a.length, b.length);
}

/** The word that differs least, if it differs little. */
export function nearest(word: string, words: string[]): string | undefined {
  const [best] = words.map((each) => ({ each, apart: distance(word, each) })).sort((a, b) => a.apart - b.apart);
  return best && best.apart <= Math.max(1, Math.floor(best.each.length / 3)) ? best.each : undefined;
}
