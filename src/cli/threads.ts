import type { ThreadPage } from '../console/contract.ts';
import { gatewayAt, gatewayExitCodes, gatewayHelp, gatewayOptions, readArgs } from './gateway.ts';
import { ago, paint, table } from './output.ts';

export const help = `Lists threads (one customer on one of our numbers), those that were active last first.

  npx tandem threads
  npx tandem threads --state human
  npx tandem threads --text "opening hours" --json

Options
  --state <state>     assistant, requested, human, working or failed
  --channel <name>    sms, whatsapp, conversation …
  --assistant <id>    only this assistant's
  --number <part>     part of an address, theirs or ours
  --text <words>      words that were said
  --limit <n>         how many                      (default 20)
${gatewayHelp}

${gatewayExitCodes}`;

const filters = ['state', 'channel', 'assistant', 'number', 'text', 'limit'] as const;

export async function run(args: string[]): Promise<number> {
  const { values } = readArgs(args, {
    ...gatewayOptions,
    state: { type: 'string' },
    channel: { type: 'string' },
    assistant: { type: 'string' },
    number: { type: 'string' },
    text: { type: 'string' },
    limit: { type: 'string', default: '20' },
  });
  const query = new URLSearchParams();
  for (const name of filters) if (values[name] !== undefined) query.set(name, values[name]);
  const page = await gatewayAt(values.url).ask<ThreadPage>('GET', `/threads?${query}`);
  if (values.json) {
    console.log(JSON.stringify(page));
    return 0;
  }
  if (page.threads.length === 0) {
    console.log('There is no such thread.');
    return 0;
  }
  const rows = page.threads.map(({ key, handling, turnState, activeAt, preview }) => [
    key,
    turnState === 'failed' ? `${handling}, failed` : handling,
    ago(activeAt),
    preview ? `${preview.from === 'us' ? '←' : '→'} ${preview.text}` : '',
  ]);
  console.log(table(['THREAD', 'WITH', 'ACTIVE', 'LAST WORDS'], rows));
  if (page.next) console.log(paint('dim', 'There are more: narrow it down, or raise --limit.'));
  return 0;
}
