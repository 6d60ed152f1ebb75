/** Decoded form fields in the order received; a name that came more than once keeps all its values. */
export type FormFields = Map<string, string | string[]>;

const maxFields = 1_000;

/**
 * Parses `application/x-www-form-urlencoded`. Undefined when the percent-encoding or the UTF-8 is malformed, or when
 * there are more than 1,000 fields. Values stay untrimmed: the signature covers their white space.
 */
export function parseForm(body: string): FormFields | undefined {
  // What a lenient UTF-8 decoder leaves behind; a well-formed body is plain ASCII.
  if (body.includes('\uFFFD')) return undefined;
  const fields: FormFields = new Map();
  let count = 0;
  try {
    for (let start = 0; start < body.length; ) {
      let end = body.indexOf('&', start);
      if (end === -1) end = body.length;
      if (end > start) {
        if (++count > maxFields) return undefined;
        const pair = body.slice(start, end);
        const equals = pair.indexOf('=');
        if (equals === -1) add(fields, decode(pair), '');
        else add(fields, decode(pair.slice(0, equals)), decode(pair.slice(equals + 1)));
      }
      start = end + 1;
    }
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  return fields;
}

export function firstValue(fields: FormFields, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'object' ? value[0] : value;
}

function add(fields: FormFields, name: string, value: string): void {
  const present = fields.get(name);
  if (present === undefined) fields.set(name, value);
  else if (typeof present === 'string') fields.set(name, [present, value]);
  else present.push(value);
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
}
