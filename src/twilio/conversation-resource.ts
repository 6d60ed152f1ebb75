import { storableText } from '../store/storable-text.ts';

const MAX_ID = 200;

/** The attributes of a Conversation or a message; none where they are no JSON object. */
export function attributesIn(json: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** The assistant that a Conversation asks for by its `assistantSid` attribute, as Twilio's sample has it. */
export function assistantSidIn(attributes: string): string | null {
  const { assistantSid } = attributesIn(attributes);
  return typeof assistantSid === 'string' && assistantSid !== '' && assistantSid.length <= MAX_ID
    ? storableText(assistantSid)
    : null;
}

/** Undefined for anything but a date as the Conversations API writes it. */
export function isoDate(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
