/** What a check makes of a text: 0 is harmless, 1 is certain, and from `FOUND` on it counts as found. */
export type Finding = {
  score: number;
  /** Names of what spoke for it, for those who read the record. */
  why: string[];
};

export const FOUND = 0.5;

/** Something that speaks for a finding, or against it when its weight is below zero. */
export type Feature = { name: string; weight: number; pattern: RegExp };

/** The weights of all that is in the text, between 0 and 1. */
export function scored(text: string, features: Feature[]): Finding {
  const present = features.filter(({ pattern }) => pattern.test(text));
  const sum = present.reduce((total, { weight }) => total + weight, 0);
  return {
    score: Math.min(1, Math.max(0, sum)),
    why: present.filter(({ weight }) => weight > 0).map(({ name }) => name),
  };
}
