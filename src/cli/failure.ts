/** What was typed is not understood; the message says what to type instead. */
export class UsageError extends Error {}

/** Ends a command with a sentence, and with one of the exit codes that its help lists. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
