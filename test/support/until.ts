/** Waits until the condition holds and answers what it gave; an error that names it when it does not in time. */
export async function until<Result>(
  what: string,
  condition: () => Result | Promise<Result>,
  limitMs = 15_000,
): Promise<NonNullable<Result>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`Not true within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A promise that the test keeps, and the hand that opens it. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
