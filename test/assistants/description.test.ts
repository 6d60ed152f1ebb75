import express from 'express';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/assistants/api/operations.ts';
import { docsRoutes } from '../../src/http/docs.ts';
import { catalogue } from '../../src/http/errors.ts';
import { describeApi, type Operation } from '../../src/http/openapi.ts';
import { officialApi } from './official-api.ts';
import { type Service, startService } from './support.ts';

type Described = {
  paths: Record<string, Record<string, { responses: object; requestBody?: object; parameters: { name: string }[] }>>;
  components: object;
};
const description = describeApi(operations) as Described;
const docs = express().use(docsRoutes(() => description));

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('the description of the API', () => {
  it.each(operations)('tells of nothing that is not served: $method $path', async ({ method, path }: Operation) => {
    const response = await service.call(method, path.replace(/\{\w+\}/g, 'aia_none')).send(undefined);
    // Whatever is wrong with such a request: neither path nor method are.
    expect([200, 400, 404, 415]).toContain(response.status);
    expect(response.body.message ?? '').not.toMatch(/There is nothing at|does not take that method/);
  });

  it.skipIf(!officialApi)("has all of Twilio's operations with their parameters and success codes", () => {
    const missing: string[] = [];
    for (const [path, methods] of Object.entries(officialApi?.paths ?? {})) {
      for (const [method, official] of Object.entries(methods)) {
        if (!('operationId' in official)) continue;
        const ours = description.paths[path]?.[method];
        const names = ours?.parameters.map(({ name }) => name) ?? [];
        const wanted = (official as { parameters?: { name: string }[] }).parameters ?? [];
        for (const { name } of wanted) if (!names.includes(name)) missing.push(`${method} ${path} ${name}`);
        for (const status of Object.keys(official.responses)) {
          if (!(status in (ours?.responses ?? {}))) missing.push(`${method} ${path} ${status}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it('holds together: every reference leads somewhere, every operation has a name of its own', () => {
    const references = JSON.stringify(description).match(/"#\/[^"]+"/g) ?? [];
    expect(references.length).toBeGreaterThan(30);
    for (const reference of new Set(references)) {
      const parts = JSON.parse(reference).slice(2).split('/');
      const target = parts.reduce(
        (value: object, part: string) => (value as Record<string, object>)?.[part],
        description,
      );
      expect(target, reference).toBeDefined();
    }
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it('lists every error that there is', () => {
    const text = JSON.stringify(description);
    for (const { code } of Object.values(catalogue)) expect(text).toContain(`| ${code} |`);
    expect(Object.keys((description.components as { responses: object }).responses)).toEqual(Object.keys(catalogue));
  });

  it('says of each field what the schema that checks it says', () => {
    const text = JSON.stringify(description.paths['/v1/Tools']?.post?.requestBody);
    expect(text).toContain('"enum":["WEBHOOK","MCP"]');
    expect(text).toContain('"required":["name","type","enabled","meta"]');
    expect(JSON.stringify(description.paths['/v1/Assistants']?.get?.responses)).not.toContain('"api_key"');
  });
});

describe('the page for people', () => {
  it('is served with its description, and loads nothing from elsewhere', async () => {
    const page = await supertest(docs).get('/docs/').expect(200);
    const policy = page.headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    // That is for whoever runs the host to say.
    expect(page.headers).not.toHaveProperty('strict-transport-security');
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page.text).not.toMatch(/<script(?![^>]*src)/);
    const assets = [...page.text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name);
    expect(assets).toContain('swagger-ui-bundle.js');
    for (const name of assets) await supertest(docs).get(`/docs/${name}`).expect(200);
    const start = await supertest(docs).get('/docs/swagger-ui-init.js').expect(200);
    expect(start.text).toContain('../openapi.json');
    const { body } = await supertest(docs).get('/openapi.json').expect(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(description)));
  });
});
