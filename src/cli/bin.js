#!/usr/bin/env node
// The command `tandem`: from source, which tsx reads; or compiled, where only that is there.
import { existsSync } from 'node:fs';

const source = new URL('./tandem.ts', import.meta.url);
const loader = existsSync(source) ? await import('tsx/esm/api').catch(() => undefined) : undefined;
loader?.register();
await import(loader ? source.href : new URL('../../dist/cli/tandem.js', import.meta.url).href);
