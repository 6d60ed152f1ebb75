import { examineAddress } from './doctor/address.ts';
import { examineAssistants } from './doctor/assistants.ts';
import { examineDatabase } from './doctor/database.ts';
import { examineEnvironment } from './doctor/environment.ts';
import type { Finding } from './doctor/finding.ts';
import { examineQueue } from './doctor/queue.ts';
import { examineTwilio } from './doctor/twilio.ts';
import { readArgs } from './gateway.ts';
import { paint, showProgress } from './output.ts';

export const help = `Looks for what is wrong with this installation, and says how to mend it. It changes nothing.

  npx tandem doctor
  npx tandem doctor --json

Run it with the environment of the gateway: on the same machine, or in its container. It looks at the settings, the database
and its schema, stored credentials, Redis, Twilio’s credentials, the clock, PUBLIC_URL (is it this installation, does it take
a signed webhook), the webhooks of the account’s numbers, and the assistants with the keys of their models.

Options
  --json           print JSON, for scripts
  --help           this

Exit codes
  0  nothing is wrong (there may be warnings)
  1  there are problems
  2  the command was not understood`;

/** Everything that can be found out from here, part by part. `say` is told what is being looked at. */
export async function examine(
  source: Record<string, string | undefined>,
  now: () => Date,
  say: (part: string) => void = () => {},
): Promise<Finding[]> {
  const { findings, config } = examineEnvironment(source);
  if (!config) return findings;
  say('the database');
  const { findings: stored, assistants } = await examineDatabase(config);
  say('the queue');
  const queue = await examineQueue(config);
  say('Twilio');
  const twilio = await examineTwilio(config, now);
  say('the public address');
  const address = await examineAddress(config);
  say('the assistants');
  return [...findings, ...stored, ...queue, ...twilio, ...address, ...(await examineAssistants(config, assistants))];
}

export async function run(args: string[]): Promise<number> {
  const { values } = readArgs(args, { json: { type: 'boolean', default: false } });
  const progress = showProgress();
  const findings = await examine(
    process.env,
    () => new Date(),
    (part) => progress.say(`Looking at ${part} …`),
  ).finally(progress.done);
  const problems = findings.filter(({ state }) => state === 'problem').length;
  if (values.json) console.log(JSON.stringify({ problems, findings }));
  else {
    for (const finding of findings) console.log(line(finding));
    console.log(problems === 0 ? '\nNothing is wrong.' : `\n${problems} ${problems === 1 ? 'problem' : 'problems'}.`);
  }
  return problems === 0 ? 0 : 1;
}

const marks = { ok: paint('green', '✓'), warning: paint('yellow', '!'), problem: paint('red', '✗') };

function line({ part, state, found, fix }: Finding): string {
  return `${marks[state]} ${part.padEnd(12)} ${found}${fix ? `\n${' '.repeat(15)}→ ${fix}` : ''}`;
}
