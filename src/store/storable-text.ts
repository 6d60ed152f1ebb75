/** Text as PostgreSQL can hold it: what it cannot (NUL, half a surrogate pair) becomes U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');
}
