import { createInterface } from 'node:readline/promises';
import type { About, ThreadPage } from '../console/contract.ts';
import { Failure, UsageError } from './failure.ts';
import { type Gateway, gatewayAt, gatewayExitCodes, gatewayHelp, gatewayOptions, readArgs } from './gateway.ts';
import { showProgress } from './output.ts';

export const help = `Erases everything that is known of a customer: threads, messages, sessions, what assistants remember. It cannot be undone.

  npx tandem erase +15551230001
  npx tandem erase user_id:alice --yes

A number stands for the customer on every channel. What stays is the wish not to be texted, where there is one. What Twilio
itself keeps has to be deleted there. A thread that a human has must be given back first.

Options
  --yes            do not ask
${gatewayHelp}

${gatewayExitCodes}`;

/** More threads than these of one customer are found when the command is run again. */
const MOST = 500;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArgs(args, { ...gatewayOptions, yes: { type: 'boolean', default: false } });
  const [customer, ...more] = positionals;
  if (customer === undefined || more.length > 0) throw new UsageError('Name one customer, by number or identity.');
  const gateway = gatewayAt(values.url);
  const threads = await threadsOf(gateway, customer);
  if (!values.yes && !(await isSure(customer, threads.length))) throw new Failure(1, 'Nothing was erased.');

  // One call erases all of an identity; a customer has one identity on each channel.
  const paths = new Map(threads.map(({ identity, key }) => [identity, `/threads/${encodeURIComponent(key)}`]));
  const erased: Record<string, Counts> = {};
  const progress = showProgress();
  try {
    for (const [identity, path] of paths) {
      progress.say(`Erasing ${identity} …`);
      erased[identity] = await gateway.ask<Counts>('DELETE', path);
    }
    // Whoever never texted may be known to the assistants alone; those of another server have to be told there.
    const { remoteAssistants } = await gateway.ask<About>('GET', '/about');
    const others = remoteAssistants ? [] : namesOf(customer).filter((name) => !paths.has(name));
    for (const identity of others) {
      progress.say(`Erasing ${identity} …`);
      const profile = `/v1/Profiles/${encodeURIComponent(identity)}`;
      const answer = await gateway.ask<{ erased: Counts }>('DELETE', profile);
      if (Object.values(answer.erased).some((count) => count > 0)) erased[identity] = answer.erased;
    }
  } finally {
    progress.done();
  }
  if (Object.keys(erased).length === 0) throw new Failure(1, `Nothing is known of ${customer}.`);
  if (values.json) console.log(JSON.stringify({ erased }));
  for (const [identity, counts] of values.json ? [] : Object.entries(erased)) {
    const parts = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
    console.log(`${identity}: ${parts.join(', ')}`);
  }
  return 0;
}

type Counts = Record<string, number>;

/** The identities that a number may have, or the one that was named. */
function namesOf(customer: string): string[] {
  return /^\+?\d+$/.test(customer) ? [`phone:${customer}`, `whatsapp:${customer}`] : [customer];
}

async function threadsOf(gateway: Gateway, customer: string) {
  const query = new URLSearchParams({ number: customer.replace(/^(?:phone|whatsapp):/, ''), limit: String(MOST) });
  const { threads } = await gateway.ask<ThreadPage>('GET', `/threads?${query}`);
  // The search finds parts of numbers, and our own: only whole addresses of the customer count.
  const names = namesOf(customer);
  return threads.filter(({ identity }) => names.includes(identity));
}

async function isSure(customer: string, threads: number): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('Nobody can be asked here: say --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Erase ${customer}, with ${threads} threads, for good? Write yes: `);
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    terminal.close();
  }
}
