import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startSimulator } from './server.ts';

// The simulator as a process of its own: a witness that outlives whatever is killed beside it.
const help = `Usage: node --import tsx src/simulator/main.ts [options]

  --port <n>            where to listen on 127.0.0.1 (default 0: any free port)
  --account <sid:token> an account it knows; repeat for more
                        (default: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN)
  --webhook <url>       where messages go whose number has no webhook of its own
  --receipt-delay <ms>  between one delivery status and the next (default 20)
  --seed <n>            of the chances in fault rules (default 1)

Prints one line of JSON with its url when it is ready.`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    account: { type: 'string', multiple: true },
    webhook: { type: 'string' },
    'receipt-delay': { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(help);
} else {
  const { TWILIO_ACCOUNT_SID = '', TWILIO_AUTH_TOKEN = '' } = process.env;
  const account = z.tuple([z.string().regex(/^AC[0-9a-fA-F]{32}$/), z.string().min(1)]);
  const wholeNumber = z.coerce.number().int().min(0);
  const simulator = await startSimulator({
    accounts: (values.account ?? [`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`]).map((pair) => {
      const parsed = account.safeParse(pair.split(':'));
      if (!parsed.success)
        throw new Error('Name an account: --account AC…:token, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN');
      const [sid, authToken] = parsed.data;
      return { sid, authToken };
    }),
    port: wholeNumber.parse(values.port),
    defaultWebhook: values.webhook,
    receiptDelay: wholeNumber.parse(values['receipt-delay']),
    seed: wholeNumber.parse(values.seed),
  });
  console.log(JSON.stringify({ url: simulator.url }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
}
