import { storableText } from '../store/storable-text.ts';
import type { AskedHandoff } from '../turn/step.ts';

/** What an assistant said of a handoff, as it may be stored. */
export function askedHandoff({ reason, summary }: AskedHandoff): AskedHandoff {
  return { reason: storableText(reason), ...(summary === undefined ? {} : { summary: storableText(summary) }) };
}
