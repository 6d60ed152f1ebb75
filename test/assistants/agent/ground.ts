import type { AssistantsParts, SendMessageResponse } from '../../../src/assistants/assistants.ts';
import { type FakeModels, startFakeModels } from '../providers/fake-models.ts';
import { type Service, startService } from '../support.ts';
import { startWebServer, type WebServer } from './web-server.ts';

export type StoredMessage = {
  id: string;
  role: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they expect it
  content: any;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they expect it
  meta: any;
};

export type Ground = Service & {
  model: FakeModels;
  web: WebServer;
  /** An assistant that asks the fake model. */
  modelled(definition?: object): Promise<string>;
  addTool(assistantId: string, tool: { name: string; meta: object } & Record<string, unknown>): Promise<string>;
  /** Sends a message over HTTP. */
  say(assistantId: string, body: string, more?: object, key?: string): Promise<SendMessageResponse>;
  messages(sessionId: string): Promise<StoredMessage[]>;
  close(): Promise<void>;
};

/** The assistants with a model and a web server that are under the hand of the test. */
export async function startGround(options: Partial<AssistantsParts> = {}): Promise<Ground> {
  const [service, model, web] = await Promise.all([startService(options), startFakeModels('openai'), startWebServer()]);
  return {
    ...service,
    model,
    web,
    modelled: (definition = {}) =>
      service.createAssistant({ model: 'openai/first', model_settings: { base_url: model.url }, ...definition }),
    async addTool(assistantId, tool) {
      const defaults = { type: 'WEBHOOK', enabled: true, assistant_id: assistantId };
      const { body } = await service.call('post', '/v1/Tools', { ...defaults, ...tool }).expect(201);
      return body.id;
    },
    async say(assistantId, body, more = {}, key) {
      const sending = service.call('post', `/v1/Assistants/${assistantId}/Messages`);
      if (key !== undefined) sending.set('Idempotency-Key', key);
      const response = await sending.send({ identity: 'phone:+15550199', body, ...more });
      if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(response.body)}`);
      return response.body;
    },
    async messages(sessionId) {
      const path = `/v1/Sessions/${encodeURIComponent(sessionId)}/Messages?PageSize=1000`;
      return (await service.call('get', path).expect(200)).body.messages;
    },
    async close() {
      await service.stop();
      await model.close();
      await web.close();
    },
  };
}
