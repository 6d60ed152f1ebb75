/**
 * Why a source could not be read, in a sentence for whoever set it up: it says what to do. Another attempt helps only
 * if the problem is `passing`.
 */
export class SourceProblem extends Error {
  readonly passing: boolean;
  constructor(reason: string, { passing = false, cause }: { passing?: boolean; cause?: unknown } = {}) {
    super(reason, { cause });
    this.name = 'SourceProblem';
    this.passing = passing;
  }
}
