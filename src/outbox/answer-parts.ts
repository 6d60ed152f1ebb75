import { mediumOf } from '../thread/medium.ts';
import type { Thread } from '../thread/thread-state.ts';
import { channelText } from './channel-text.ts';
import { longest, splitText } from './split-text.ts';

/** One message of an answer: its text, which may be empty, and the URLs of the files that it carries. */
export type AnswerPart = { body: string; media?: string[] };

/** Twilio's limit for one MMS. */
const MOST_FILES = 10;
const IMAGE = /\.(?:jpe?g|png|gif)$/i;
const FILE = /\.(?:jpe?g|png|gif|pdf|mp4|3gpp?|mp3|ogg|amr|vcf)$/i;

/**
 * An answer as the messages that its customer gets. Pictures, and links to files, become files where the channel takes
 * them; elsewhere they stay text.
 */
export function answerParts(markdown: string, thread: Pick<Thread, 'channel' | 'ours' | 'theirs'>): AnswerPart[] {
  const medium = mediumOf(thread);
  const bodiesOf = (text: string) => splitText(channelText(text, medium), longest[medium]);
  const takesFiles = medium === 'whatsapp' || (medium === 'sms' && takesMms(thread));
  const { text, files } = takesFiles ? withoutFiles(markdown) : { text: markdown, files: [] };
  const parts: AnswerPart[] = bodiesOf(text).map((body) => ({ body }));
  if (files.length === 0) return parts;
  const last = parts.pop();
  if (thread.channel === 'sms') return [...parts, { body: last?.body ?? '', media: files }];
  // WhatsApp and Conversations take one file a message, WhatsApp with words only under a picture.
  const [first, ...more] = files as [string, ...string[]];
  const isCaptioned = last && IMAGE.test(pathOf(first));
  return [
    ...parts,
    ...(isCaptioned ? [{ body: last.body, media: [first] }] : [...(last ? [last] : []), { body: '', media: [first] }]),
    ...more.map((url) => ({ body: '', media: [url] })),
  ];
}

/** MMS goes between numbers of the United States and Canada; other countries that share their prefix have none. */
function takesMms({ ours, theirs }: { ours: string; theirs: string }): boolean {
  const isNorthAmerican = (number: string) => {
    const [, area = ''] = /^\+1(\d{3})\d{7}$/.exec(number) ?? [];
    return area !== '' && !elsewhere.has(area);
  };
  return isNorthAmerican(ours) && isNorthAmerican(theirs);
}

const elsewhere = new Set(
  '242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876'.split(' '),
);

/** Code shows what it shows, pictures in it too. */
const SPAN =
  /```[\s\S]*?(?:```|$)|`[^`\n]*`|(!?)\[([^[\]\n]{0,500})\]\((https:\/\/[^\s()<>"]{1,1000})(?: "[^"\n]{0,200}")?\)/g;

function withoutFiles(markdown: string): { text: string; files: string[] } {
  const files: string[] = [];
  const text = markdown.replace(SPAN, (whole: string, image: string | undefined, label: string, url?: string) => {
    if (url === undefined || files.length === MOST_FILES) return whole;
    if (image === '' && !FILE.test(pathOf(url))) return whole;
    files.push(url);
    return image ? '' : label;
  });
  // A line that only held a picture leaves no hole.
  return { text: files.length > 0 ? text.replace(/\n[^\S\n]*(?:\n[^\S\n]*){2,}/g, '\n\n') : markdown, files };
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}
