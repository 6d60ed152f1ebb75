import { type Database, sql } from '../store/database.ts';
import { firstAssistantId, insertAssistant } from './assistant-store.ts';
import { insertKnowledge } from './knowledge/knowledge-store.ts';

const assistant = {
  name: 'Harper',
  owner: 'Harbour Cycles',
  personality_prompt: `You are Harper, the friendly assistant of Harbour Cycles, a bicycle shop.
Answer in one or two short sentences. Never promise a repair date. If somebody is upset, offer to fetch a colleague.

Harbour Cycles was founded in 1998 and belongs to the Lindqvist family.`,
  customer_ai: { perception_engine_enabled: false, personalization_engine_enabled: false },
  model: 'offline',
  model_settings: {},
  fallbacks: [],
  guardrails: {},
  limits: {},
};

const knowledge = [
  {
    name: 'Opening hours',
    content: `We are open Monday to Friday from 9:00 to 18:00 and Saturday from 10:00 to 16:00. On Sundays and public holidays we are closed.

The workshop takes bikes in until half an hour before closing time.`,
  },
  {
    name: 'Returns and refunds',
    content: `You can return anything unused within 30 days. Bring it to the shop with the receipt, or ask us for a free return label and send it back.

We refund the money to the card you paid with within 5 working days. Custom-built wheels and opened inner tubes cannot be returned or exchanged.`,
  },
  {
    name: 'Delivery',
    content: `Delivery costs $6 and is free for orders from $80. Parts and clothing arrive in 2 to 3 working days; we ship with a tracking number.

Bikes are delivered assembled by our own van, within 25 miles of the shop, on a day you choose.`,
  },
  {
    name: 'Warranty',
    content: `Every new bike has a warranty of 2 years, and the frame has a warranty of 5 years. It covers faults of material and workmanship, not wear of tyres, chains or brake pads.

The first inspection within 3 months is free. If something is broken, bring the bike with its receipt.`,
  },
  {
    name: 'Repairs and service',
    content: `A basic service costs $55, a full service $120. A flat tyre is repaired for $15 while you wait.

You can book a repair by phone or in the shop; most repairs are done within 3 working days.`,
  },
  {
    name: 'Payment',
    content: `You can pay with cash, all common cards, Apple Pay and Google Pay. Bikes from $500 can be paid in 12 monthly instalments without interest.`,
  },
  {
    name: 'Contact and address',
    content: `Our address is 12 Quay Street, Portland, right behind the ferry terminal. Parking is free behind the shop.

Phone: (555) 010-0199. Email: hello@harbourcycles.example.`,
  },
];

/**
 * Gives an account without assistants the one of a small shop, so that a first text gets a good answer. Returns its id, or
 * undefined if there is an assistant already. Processes that start together create one.
 */
export function seedDemo(
  db: Database,
  accountSid: string,
  { now, newId, secretsKey }: { now: () => Date; newId: () => string; secretsKey: Buffer },
): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    await tx.query(sql`select pg_advisory_xact_lock(hashtextextended(${`seed demo ${accountSid}`}, 0))`);
    if (await firstAssistantId(tx, accountSid)) return undefined;
    const id = `aia_asst_${newId()}`;
    await insertAssistant(tx, { ...assistant, id, accountSid }, now(), secretsKey);
    for (const { name, content } of knowledge) {
      const text = { name, type: 'Text' as const, description: '', knowledge_source_details: { content } };
      await insertKnowledge(tx, { ...text, id: `aia_know_${newId()}`, accountSid, assistant_id: id }, now());
    }
    return id;
  });
}
