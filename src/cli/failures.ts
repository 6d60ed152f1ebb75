import type { FailurePage } from '../console/contract.ts';
import { gatewayAt, gatewayExitCodes, gatewayHelp, gatewayOptions, readArgs } from './gateway.ts';
import { ago, paint } from './output.ts';

export const help = `Lists what needs a person: turns that found no answer and messages that did not arrive, with the cause and what to do.

  npx tandem failures
  npx tandem failures --json

Options
  --limit <n>      how many                         (default 20)
${gatewayHelp}

Then: npx tandem retry <id>, or npx tandem retry --all.

${gatewayExitCodes}`;

export async function run(args: string[]): Promise<number> {
  const { values } = readArgs(args, { ...gatewayOptions, limit: { type: 'string', default: '20' } });
  const query = new URLSearchParams({ limit: values.limit });
  const page = await gatewayAt(values.url).ask<FailurePage>('GET', `/failures/open?${query}`);
  if (values.json) {
    console.log(JSON.stringify(page));
    return 0;
  }
  if (page.failures.length === 0) console.log('Nothing needs a person.');
  for (const failure of page.failures) {
    const code = failure.code === null ? '' : ` (${failure.code})`;
    const state = failure.retryRequested ? paint('yellow', '  is being retried') : '';
    console.log(
      `${paint('bold', failure.id)}  ${failure.kind} in ${failure.threadKey}, ${ago(failure.failedAt)}${state}`,
    );
    console.log(`  ${paint('red', failure.cause)}${code}`);
    console.log(`  ${failure.advice}`);
    if (failure.text) console.log(paint('dim', `  “${failure.text.replace(/\s+/g, ' ').slice(0, 200)}”`));
  }
  if (page.next) console.log(paint('dim', 'There are more: raise --limit.'));
  return 0;
}
