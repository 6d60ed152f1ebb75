/** The body of an answer as text, at most `limit` bytes of it; what comes after them is not waited for. */
export async function readText(response: Response, limit: number): Promise<{ text: string; isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const room = limit - size;
    chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > limit) break;
  }
  const isCut = size > limit;
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  // A character in two halves.
  return { text: isCut ? text.replace(/\uFFFD$/, '') : text, isCut };
}
