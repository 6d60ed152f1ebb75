import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knowledgeResource } from '../../src/assistants/api/knowledge-schemas.ts';
import { sql } from '../../src/store/database.ts';
import { expectError, HARBOUR, type Service, startService } from './support.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ limits: { fileMegabytes: 1 } });
});
afterAll(() => service.stop());

const upload = (fields: Record<string, string>, file?: { content: Buffer; name?: string; type?: string }) => {
  const request = service.call('post', '/v1/Knowledge/Upload');
  for (const [name, value] of Object.entries(fields)) request.field(name, value);
  if (file) {
    request.attach('file_0', file.content, {
      filename: file.name ?? 'prices.csv',
      contentType: file.type ?? 'text/csv',
    });
  }
  return request;
};
const form = { type: 'File', name: 'Prices', description: 'What things cost', file_name: 'file_0' };
const prices = Buffer.from('thing,price\nBell,\u00a37\n');

describe('a file', () => {
  it('is uploaded as Twilio had it: a form with the file as file_0', async () => {
    const assistantId = await service.createAssistant();
    const { body } = await upload({ ...form, assistant_id: assistantId }, { content: prices }).expect(201);
    expect(knowledgeResource.parse(body)).toMatchObject({
      account_sid: HARBOUR,
      name: 'Prices',
      description: 'What things cost',
      type: 'File',
      status: 'QUEUED',
      knowledge_source_details: { file_name: 'prices.csv', media_type: 'text/csv', bytes: prices.length },
    });
    const [stored] = await service.db.query(sql`
      select name, media_type, content from assistants.knowledge_file where knowledge_id = ${body.id}`);
    expect(stored).toEqual({ name: 'prices.csv', media_type: 'text/csv', content: prices });
    const attached = await service.call('get', `/v1/Assistants/${assistantId}/Knowledge`).expect(200);
    expect(attached.body.knowledge).toMatchObject([{ id: body.id }]);
  });

  it('keeps what is known of it when it is changed', async () => {
    const { body } = await upload(form, { content: prices }).expect(201);
    const changed = await service
      .call('put', `/v1/Knowledge/${body.id}`, { knowledge_source_details: { final_response: true } })
      .expect(200);
    expect(changed.body.knowledge_source_details).toMatchObject({ file_name: 'prices.csv', final_response: true });
  });

  it('may be as large as the limit, and no larger', async () => {
    await upload(form, { content: Buffer.alloc(2 ** 20, 'a') }).expect(201);
    expectError(await upload(form, { content: Buffer.alloc(2 ** 20 + 1, 'a') }), 413, 70003, '1 megabytes');
    expectError(await upload(form, { content: Buffer.alloc(5 * 2 ** 20, 'a') }), 413, 70003);
    expectError(await upload({ ...form, name: 'x'.repeat(20_000) }, { content: prices }), 413, 70003, 'name: ');
  });

  it('that is missing, empty, one of several or of no form is refused', async () => {
    expectError(await upload(form), 400, 20001, 'file_0: ');
    expectError(await upload(form, { content: Buffer.alloc(0) }), 400, 20001, 'file_0: ');
    expectError(await upload({ ...form, name: '' }, { content: prices }), 400, 20001, 'name: ');
    expectError(await upload({ ...form, name: 'x'.repeat(31) }, { content: prices }), 400, 20001, 'name: ');
    expectError(await upload({ ...form, type: 'Text' }, { content: prices }), 400, 20001, 'type: must be File');
    expectError(
      await upload({ ...form, assistant_id: 'aia_asst_none' }, { content: prices }),
      400,
      20001,
      'assistant_id: ',
    );
    const two = upload(form, { content: prices }).attach('file_1', prices, 'more.csv');
    expectError(await two, 400, 20001, 'one file at a time');
    expectError(await service.call('post', '/v1/Knowledge/Upload', form), 415, 70004, 'multipart');
    const raw = (body: string, type: string) =>
      service.call('post', '/v1/Knowledge/Upload').set('Content-Type', type).send(body);
    expectError(await raw('x', 'multipart/form-data'), 400, 70002);
    expectError(
      await raw('--a\r\nContent-Disposition: form-data; name="x"\r\n\r\ny', 'multipart/form-data; boundary=a'),
      400,
      70002,
    );
    const rows = await service.db.query(sql`select id from assistants.knowledge where name = ''`);
    expect(rows).toEqual([]);
  });
});
