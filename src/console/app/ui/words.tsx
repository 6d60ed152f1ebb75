import { useEffect, useState } from 'preact/hooks';

const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in as few letters as say it; the exact time is in the title. */
export function Ago({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE / 2);
    return () => clearInterval(timer);
  }, []);
  const then = new Date(at);
  const age = Math.max(0, now - then.getTime());
  const text =
    age < MINUTE
      ? 'now'
      : age < HOUR
        ? `${Math.floor(age / MINUTE)} min`
        : age < DAY
          ? `${Math.floor(age / HOUR)} h`
          : date.format(then);
  return (
    <time dateTime={at} title={exact.format(then)}>
      {text}
    </time>
  );
}

export function Clock({ at }: { at: string }) {
  const then = new Date(at);
  const isToday = then.toDateString() === new Date().toDateString();
  return (
    <time dateTime={at} title={exact.format(then)}>
      {isToday ? time.format(then) : `${date.format(then)}, ${time.format(then)}`}
    </time>
  );
}

/** 4 ms, 0.4 s, 2.5 s, 3 min. */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.round(ms * 10) / 10 < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(ms < 1_000 ? 2 : 1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return `${Math.round(ms / MINUTE)} min`;
}

export const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** An address without the channel in front of it, which is told apart. */
export const bare = (address: string) => address.replace(/^[a-z]+:(?=\+)/, '');

const channels: Record<string, string> = {
  sms: 'SMS',
  whatsapp: 'WhatsApp',
  rcs: 'RCS',
  conversation: 'Conversation',
  call: 'Call',
};
export const channelName = (channel: string) => channels[channel] ?? channel;

const providers: Record<string, string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  gemini: 'Gemini',
  groq: 'Groq',
  xai: 'xAI',
};
export const providerName = (provider: string) => providers[provider] ?? provider;

const handlings: Record<string, string> = {
  assistant: 'Assistant',
  requested: 'Waiting for a human',
  human: 'With a human',
};

/** Who speaks with the customer. */
export function HandlingBadge({ handling }: { handling: string }) {
  return (
    <span class={`badge ${handling === 'assistant' ? 'assistant' : 'human'}`}>{handlings[handling] ?? handling}</span>
  );
}
