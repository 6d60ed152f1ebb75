import { describe, expect, it } from 'vitest';
import { createSessionCookies, type Role, SESSION_AGE } from '../../src/console/login/session-cookie.ts';
import { createThreadRefs } from '../../src/console/login/thread-ref.ts';
import { seenByViewer } from '../../src/console/login/viewer-sight.ts';

const key = Buffer.alloc(32, 1);
const noon = new Date('2026-11-21T12:00:00Z');

function cookies(changes: { key?: Buffer; operator?: string; viewer?: string; now?: Date } = {}) {
  const tokens: Record<Role, string | undefined> = { operator: changes.operator ?? 'operator', viewer: changes.viewer };
  return createSessionCookies({
    secretsKey: changes.key ?? key,
    tokenOf: (role) => tokens[role],
    now: () => changes.now ?? noon,
  });
}

describe('A session', () => {
  const header = `other=1; tandem_console=${cookies().issue('operator')}`;

  it('is good for a working day, to the millisecond', () => {
    const at = (ms: number) => cookies({ now: new Date(noon.getTime() + ms) }).read(header);
    expect([at(0), at(SESSION_AGE - 1), at(SESSION_AGE)]).toEqual(['operator', 'operator', undefined]);
  });

  it('ends with its token, and with the key', () => {
    expect(cookies({ operator: 'another' }).read(header)).toBeUndefined();
    expect(cookies({ key: Buffer.alloc(32, 2) }).read(header)).toBeUndefined();
    const viewer = `tandem_console=${cookies({ viewer: 'viewer' }).issue('viewer')}`;
    expect(cookies({ viewer: 'viewer' }).read(viewer)).toBe('viewer');
    expect(cookies().read(viewer)).toBeUndefined(); // there are no viewers any more
  });

  it('does not become another role, or last longer, by rewriting it', () => {
    const [, signature] = header.split('.');
    for (const content of [{ role: 'operator', until: 8e15 }, { role: 'owner', until: 8e15 }, [], null, 'x']) {
      const text = Buffer.from(JSON.stringify(content)).toString('base64url');
      expect(cookies().read(`tandem_console=${text}.${signature}`)).toBeUndefined();
    }
    expect(cookies().read(`tandem_console=forged; ${header}`)).toBe('operator');
  });
});

describe('A thread named to viewers', () => {
  const refs = createThreadRefs(key);

  it('has always the same name, which only we can read', () => {
    const name = refs.conceal('sms:+15550001000:+15551230001');
    expect(name).toBe(refs.conceal('sms:+15550001000:+15551230001'));
    expect(name).not.toBe(refs.conceal('sms:+15550001000:+15551230002'));
    expect(refs.reveal(name)).toBe('sms:+15550001000:+15551230001');
    for (const other of [`${name.slice(0, -2)}AA`, 'ref_', 'ref_AAAA', name.slice(4), 'sms:+1:+2']) {
      expect(refs.reveal(other)).toBeUndefined();
    }
    expect(createThreadRefs(Buffer.alloc(32, 2)).reveal(name)).toBeUndefined();
  });
});

describe('What a viewer sees', () => {
  const id = '01a1fcae-f75d-79db-bf5c-49043f12bd05';
  const conceal = () => 'ref_x';

  it.each<[string, object, object, object]>([
    ['ids and times', { a: id, b: `aia_asst_${id}`, c: noon.toISOString() }, {}, {}],
    ['what comes from a list of ours', { status: 'sent', channel: 'sms', handling: 'human', ms: 2_500_000 }, {}, {}],
    ['what is counted', { received: 2_500_000, answered: 2_400_000, sent: 2_600_000, calls: 3_000_000 }, {}, {}],
    ['numbers, by their end', { theirs: '+15551230001' }, { theirs: '+••••••01' }, { theirs: '+••••••01' }],
    [
      'the thread, by another name',
      { threadKey: 'sms:+1:+15551230001' },
      { threadKey: 'ref_x' },
      { threadKey: 'ref_x' },
    ],
    [
      'sessions without the address in them',
      { sessionId: `messaging__+15550001000/${id}` },
      { sessionId: `messaging__+••••••00/${id}` },
      { sessionId: `messaging__+••••••00/${id}` },
    ],
    [
      'texts only where allowed, and no number in them',
      { body: 'Call +1 (555) 123-0001' },
      { body: '•••' },
      { body: 'Call +••••••01' },
    ],
    ['nothing of a field that nobody knows', { newField: 'Yes' }, { newField: '•••' }, { newField: 'Yes' }],
    [
      'no number that is one',
      { input: { phone: 15551230001 } },
      { input: { phone: null } },
      { input: { phone: null } },
    ],
    ['no number as the name of a field', { '+15551230001': 1 }, { '+••••••01': 1 }, { '+••••••01': 1 }],
    ['lists alike', { bodies: ['a', ['b']] }, { bodies: ['•••', ['•••']] }, { bodies: ['a', ['b']] }],
  ])('is %s', (_what, answer, without, withTexts) => {
    const or = (expected: object) => (Object.keys(expected).length === 0 ? answer : expected);
    expect(seenByViewer(answer, { texts: false, conceal })).toEqual(or(without));
    expect(seenByViewer(answer, { texts: true, conceal })).toEqual(or(withTexts));
  });
});
