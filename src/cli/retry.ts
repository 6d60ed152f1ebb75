import { UsageError } from './failure.ts';
import { gatewayAt, gatewayExitCodes, gatewayHelp, gatewayOptions, readArgs } from './gateway.ts';
import { showProgress } from './output.ts';

export const help = `Tries failed turns and messages again. The ids are those that npx tandem failures lists.

  npx tandem retry 01a1fcae-f75d-79db-bf5c-49043f12bd05
  npx tandem retry --all

Options
  --all            everything that failed and nobody has dismissed
${gatewayHelp}

${gatewayExitCodes}`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArgs(args, { ...gatewayOptions, all: { type: 'boolean', default: false } });
  if (values.all === positionals.length > 0) throw new UsageError('Name what to retry, or say --all.');
  const gateway = gatewayAt(values.url);
  let retried = 0;
  if (values.all) {
    const answer = await gateway.ask<{ failures: number }>('POST', '/failures/retry');
    retried = answer.failures;
  } else {
    const progress = showProgress();
    for (const id of positionals) {
      progress.say(`${retried + 1} of ${positionals.length}`);
      await gateway.ask('POST', `/failures/${encodeURIComponent(id)}/retry`).finally(progress.done);
      retried += 1;
    }
  }
  console.log(values.json ? JSON.stringify({ retried }) : `${retried} to be tried again.`);
  return 0;
}
