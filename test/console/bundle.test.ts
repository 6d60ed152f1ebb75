import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express from 'express';
import request from 'supertest';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consolePages } from '../../src/console/pages.ts';

const LIMIT = 250_000;

describe('The bundle of the console', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tandem-bundle-'));
    const configFile = new URL('../../src/console/app/vite.config.ts', import.meta.url).pathname;
    await build({ configFile, logLevel: 'silent', build: { outDir: folder } });
  });
  afterAll(() => rm(folder, { recursive: true }));
  const files = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

  it('is under 250 kB, gzipped', () => {
    const size = files().reduce((sum, file) => sum + gzipSync(file).length, 0);
    expect(size).toBeGreaterThan(10_000);
    expect(size).toBeLessThan(LIMIT);
  });

  it('names no other host to load anything from', () => {
    for (const file of files()) {
      const hosts = file.toString().match(/(?:src|href|url\(|import|fetch)[^\n]{0,5}["'(]https?:\/\/[^"')]+/g) ?? [];
      expect(hosts).toEqual([]);
    }
  });
});

describe('The pages', () => {
  const app = express().use('/console', consolePages());

  it.each(['/console', '/console/threads', '/console/threads/sms%3A%2B15550001000%3A%2B15551230001'])(
    '%s is the application, under a strict policy',
    async (path) => {
      const response = await request(app).get(path);
      expect(response.status).toBe(200);
      expect(response.text).toContain('<div id="app">');
      const policy = response.headers['content-security-policy'];
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toContain('unsafe');
    },
  );

  it('say by HEAD what they would by GET', async () => {
    expect((await request(app).head('/console')).status).toBe(200);
  });

  it('come with their script and style, and 404 for what there is not', async () => {
    const page = await request(app).get('/console/');
    const [script] = /\/console\/assets\/[\w-]+\.js/.exec(page.text) ?? [];
    const [style] = /\/console\/assets\/[\w-]+\.css/.exec(page.text) ?? [];
    expect((await request(app).get(script as string)).headers['content-type']).toContain('javascript');
    expect((await request(app).get(style as string)).headers['content-type']).toContain('css');
    expect((await request(app).get('/console/assets/none.js')).status).toBe(404);
  });
});
