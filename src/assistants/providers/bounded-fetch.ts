/** Of an answer that is streamed, most is wrapping: some 200 bytes for each word. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A fetch whose answers break off when they are larger than anything a model says: they are held in memory, and searched. */
export function boundedFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!response.body) return response;
    let size = 0;
    const bounded = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          size += chunk.length;
          if (size > MOST_BYTES) controller.error(new Error(`The answer is larger than ${MOST_BYTES} bytes.`));
          else controller.enqueue(chunk);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(bounded, { status, statusText, headers: [...headers] });
  };
}
