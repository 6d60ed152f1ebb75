import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';
import { pageHeaders } from '../http/page-headers.ts';

const headers = pageHeaders({ imgSrc: ["'self'", 'data:', 'blob:'] });

type File = { content: string | Uint8Array; type: string };

/**
 * The console's pages, under `/console`. Compiled, they lie beside this file. From source they are bundled when first
 * asked for, in a fraction of a second: whoever runs the sources has the development packages, nothing can be out of
 * date, and nothing has to be writable.
 */
export function consolePages(): Router {
  const router = Router();
  const folder = fileURLToPath(new URL('./app/', import.meta.url));
  router.use(headers);
  router.use(import.meta.url.endsWith('.ts') ? bundled(folder) : built(folder));
  return router;
}

function built(folder: string): RequestHandler {
  const router = Router();
  router.use('/assets', express.static(`${folder}assets`, { immutable: true, maxAge: '1y', fallthrough: false }));
  router.get('/{*page}', (_request, response) => {
    response.set('Cache-Control', 'no-cache').sendFile('index.html', { root: folder });
  });
  return router;
}

function bundled(folder: string): RequestHandler {
  let files: Promise<Map<string, File>> | undefined;
  return async (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    files ??= bundle(folder).catch((error) => {
      files = undefined;
      throw error;
    });
    const all = await files;
    const file = all.get(request.path) ?? (extname(request.path) === '' ? all.get('/index.html') : undefined);
    if (!file) return next();
    response.set('Cache-Control', 'no-cache').type(file.type).send(Buffer.from(file.content));
  };
}

async function bundle(folder: string): Promise<Map<string, File>> {
  const { build } = await import('vite');
  const output = await build({
    configFile: `${folder}vite.config.ts`,
    root: folder,
    logLevel: 'silent',
    build: { write: false },
  });
  const chunks = (Array.isArray(output) ? output : [output]).flatMap((each) => ('output' in each ? each.output : []));
  return new Map(
    chunks.map((chunk) => [
      `/${chunk.fileName}`,
      { content: chunk.type === 'asset' ? chunk.source : chunk.code, type: extname(chunk.fileName) },
    ]),
  );
}
