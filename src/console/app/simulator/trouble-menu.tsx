import { api } from '../api.ts';
import { Icon } from '../ui/icon.tsx';
import { Act } from '../ui/parts.tsx';
import type { Line } from './line.ts';

type Rule = { on: string; to?: string; from?: string; times?: number; do: object };

/** What can go wrong once, with the next message of this phone. */
const faults: { name: string; says: string; rule: (address: string) => Rule }[] = [
  {
    name: 'Twilio fails',
    says: 'The next answer’s send gets a 500.',
    rule: (to) => ({ on: 'create', to, times: 1, do: { kind: 'status', status: 500 } }),
  },
  {
    name: 'Sent, but is it?',
    says: 'The next answer is taken, and the connection lost before Twilio says so.',
    rule: (to) => ({ on: 'create', to, times: 1, do: { kind: 'accept-then-reset' } }),
  },
  {
    name: 'Too fast',
    says: 'The next answer’s send is told to wait two seconds (429).',
    rule: (to) => ({ on: 'create', to, times: 1, do: { kind: 'status', status: 429, code: 20429, retryAfter: 2 } }),
  },
  {
    name: 'Not delivered',
    says: 'The next answer does not reach the phone (30008).',
    rule: (to) => ({ on: 'receipt', to, times: 1, do: { kind: 'status', status: 'undelivered', errorCode: 30008 } }),
  },
  {
    name: 'Webhook lost',
    says: 'The next text’s webhook never comes. It is found in Twilio’s log later.',
    rule: (from) => ({ on: 'webhook', from, times: 1, do: { kind: 'lose' } }),
  },
];

const BURST = ['One more thing', 'I am in a hurry', 'When do you close today?'];

/** Bursts, duplicates and faults: what breaks other gateways. */
export function TroubleMenu({ line, address }: { line: Line; address: string | undefined }) {
  async function add(rule: Rule): Promise<void> {
    const { rules } = await api<{ rules: Rule[] }>('GET', '/simulator/faults');
    await api('PUT', '/simulator/faults', [...rules.filter((each) => each.times !== 0), rule]);
  }
  return (
    <details class="card slim">
      <summary class="row spread">
        <span class="row">
          <Icon name="bolt" />
          <strong>Make trouble</strong>
        </span>
        <Icon name="chevron" class="chevron" />
      </summary>
      <div class="row wrap trouble">
        <Act
          class="compact"
          do={() => Promise.all(BURST.map((text) => line.send(text, [])))}
          hint="Send three texts at once; they are answered together"
        >
          Burst of three
        </Act>
        <Act
          class="compact"
          do={() => line.send('When are you open?', [], 3)}
          hint="Send one text whose webhook arrives three times"
        >
          Webhook thrice
        </Act>
        {address &&
          faults.map((fault) => (
            <Act
              key={fault.name}
              class="compact"
              do={() => add(fault.rule(address))}
              done={fault.says}
              hint={fault.says}
            >
              {fault.name}
            </Act>
          ))}
        {address && (
          <Act class="compact quiet" do={() => api('DELETE', '/simulator/faults')} done="Nothing goes wrong any more.">
            Clear
          </Act>
        )}
      </div>
    </details>
  );
}
