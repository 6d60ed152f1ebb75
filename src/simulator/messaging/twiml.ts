export type Reply = { body: string; media: string[]; to?: string; from?: string; statusCallback?: string };

/**
 * The messages that a webhook's answer asks for, or the code of the alert Twilio would raise. An empty answer and
 * `<Response/>` ask for none; plain text is a message in itself.
 */
export function readReplies(contentType: string, body: string): Reply[] | { errorCode: number } {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  const text = body.trim();
  if (text === '') return [];
  if (type === 'text/plain') return [{ body: text, media: [] }];
  if (!['text/xml', 'application/xml', 'text/html'].includes(type)) return { errorCode: 12300 };

  const document = text.replace(/<\?xml[\s\S]*?\?>|<!--[\s\S]*?-->/g, '').trim();
  const response = /^<Response\s*\/>$|^<Response\s*>([\s\S]*)<\/Response>$/.exec(document);
  if (response === null) return { errorCode: 12100 };
  return [...(response[1] ?? '').matchAll(/<Message\b([^>]*?)(?:\/>|>([\s\S]*?)<\/Message>)/g)].map(
    ([, attributes = '', content = '']) => ({
      ...readAttributes(attributes),
      body: content.includes('<Body')
        ? elements('Body', content).join('')
        : plainText(content.replace(/<Media\b[\s\S]*?<\/Media>/g, '')),
      media: elements('Media', content),
    }),
  );
}

function elements(name: string, content: string): string[] {
  return [...content.matchAll(new RegExp(`<${name}\\b[^>]*>([\\s\\S]*?)</${name}>`, 'g'))].map((match) =>
    plainText(match[1] ?? ''),
  );
}

function readAttributes(text: string): Pick<Reply, 'to' | 'from' | 'statusCallback'> {
  const found: Pick<Reply, 'to' | 'from' | 'statusCallback'> = {};
  for (const [, name, , value = ''] of text.matchAll(/(\w+)\s*=\s*(["'])(.*?)\2/g)) {
    if (name === 'to' || name === 'from' || name === 'statusCallback') found[name] = plainText(value);
  }
  return found;
}

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function plainText(xml: string): string {
  return xml
    .split(/(<!\[CDATA\[[\s\S]*?\]\]>)/)
    .map((part) => (part.startsWith('<![CDATA[') ? part.slice(9, -3) : decodeEntities(part)))
    .join('')
    .trim();
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
