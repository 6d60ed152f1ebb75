import type { ThreadPage, Timeline, TimelineEntry } from '../console/contract.ts';
import { Failure, UsageError } from './failure.ts';
import { type Gateway, gatewayAt, gatewayExitCodes, gatewayHelp, gatewayOptions, readArgs } from './gateway.ts';
import { paint } from './output.ts';

export const help = `Shows one thread from beginning to end: what was said, by whom, and what became of it.

  npx tandem thread sms:+15550001000:+15551230001
  npx tandem thread +15551230001
  npx tandem thread +15551230001 --hand-off

A number stands for the thread of that customer, where there is only one.

Options
  --hand-off       give the thread to a human: the assistant is silent from now on
  --return         give it back to the assistant
${gatewayHelp}

${gatewayExitCodes}`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArgs(args, {
    ...gatewayOptions,
    'hand-off': { type: 'boolean', default: false },
    return: { type: 'boolean', default: false },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Name one thread, or one number.');
  if (values['hand-off'] && values.return) throw new UsageError('Choose one of --hand-off and --return.');
  const gateway = gatewayAt(values.url);
  const key = await keyOf(gateway, name);
  const path = `/threads/${encodeURIComponent(key)}`;
  if (values['hand-off']) await gateway.ask('POST', `${path}/handoff`);
  if (values.return) await gateway.ask('POST', `${path}/return`);
  const timeline = await gateway.ask<Timeline>('GET', `${path}/timeline`);
  if (values.json) {
    console.log(JSON.stringify(timeline));
    return 0;
  }
  const { thread, entries, earlier } = timeline;
  console.log(paint('bold', thread.key));
  const facts = [`with ${thread.handling}`, thread.optedOut && 'has said STOP', !thread.settled && 'at work'];
  console.log(paint('dim', facts.filter((fact) => fact).join(', ')));
  if (earlier) console.log(paint('dim', '… earlier entries are in the console'));
  for (const entry of entries) console.log(line(entry));
  return 0;
}

/** A thread's key, or the only thread that a number is part of. */
async function keyOf(gateway: Gateway, name: string): Promise<string> {
  if (/^[a-z]+:.+:/i.test(name) && !/^whatsapp:[^:]*$/i.test(name)) return name;
  const { threads } = await gateway.ask<ThreadPage>(
    'GET',
    `/threads?${new URLSearchParams({ number: name, limit: '5' })}`,
  );
  const [only, ...others] = threads;
  if (!only) throw new Failure(1, `There is no thread of ${name}.`);
  if (others.length > 0) {
    throw new Failure(
      1,
      `Several threads match ${name}. Name one:\n${threads.map(({ key }) => `  ${key}`).join('\n')}`,
    );
  }
  return only.key;
}

function line(entry: TimelineEntry): string {
  const at = paint('dim', entry.at.slice(0, 19).replace('T', ' '));
  const text = (words: string) => words.replaceAll('\n', `\n${' '.repeat(34)}`);
  switch (entry.kind) {
    case 'heard': {
      const media = entry.media.length > 0 ? ` [${entry.media.length} attached]` : '';
      return `${at}  → customer   ${text(entry.body ?? '')}${media}`;
    }
    case 'said': {
      const wrong = entry.status === 'failed' || entry.status === 'undelivered';
      const fate = `${entry.status}${entry.errorCode === null ? '' : ` (${entry.errorCode})`}`;
      return `${at}  ← ${entry.purpose.padEnd(10)} ${text(entry.body)}  ${paint(wrong ? 'red' : 'dim', fate)}`;
    }
    case 'turn': {
      const why = entry.reason ? `: ${entry.reason}` : '';
      return `${at}    ${paint(entry.state === 'failed' ? 'red' : 'dim', `turn ${entry.state}${why}`)}`;
    }
    case 'handoff':
      return `${at}    ${paint('yellow', `handoff ${entry.step}${entry.reason ? `: ${entry.reason}` : ''}`)}`;
    default:
      return entry satisfies never;
  }
}
