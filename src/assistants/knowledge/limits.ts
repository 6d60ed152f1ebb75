/** How much of a source is read, and for how long. */
export type IngestionLimits = {
  /** Of one website. */
  pages: number;
  /** Of one page or file, unpacked. */
  bytes: number;
  /** Of one source. */
  characters: number;
  /** For one page to arrive. */
  pageMs: number;
  /** For one page or file to be turned into text. */
  extractMs: number;
  /** For one whole source. */
  sourceMs: number;
};

export const defaultLimits: IngestionLimits = {
  pages: 15,
  bytes: 20 * 1024 * 1024,
  characters: 2_000_000,
  pageMs: 20_000,
  extractMs: 30_000,
  sourceMs: 10 * 60_000,
};
