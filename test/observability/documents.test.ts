import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { settingNames } from '../../src/config/env.ts';

const documents = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'config/runbook.md'];
const textOf = (file: string) => readFileSync(file, 'utf8');
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** As GitHub makes them. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );

describe.each(documents)('%s tells of what there is', (file) => {
  const text = textOf(file);

  it('links lead somewhere', () => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      if (path !== '') expect([target, existsSync(join(dirname(file), path))]).toEqual([target, true]);
      if (anchor !== undefined && (path === '' || path.endsWith('.md'))) {
        expect(anchorsOf(path === '' ? text : textOf(join(dirname(file), path)))).toContain(anchor);
      }
    }
  });

  it('commands and scripts exist', () => {
    for (const [, name = ''] of text.matchAll(/(?:npx|exec tandem) tandem ([a-z]+)/g))
      expect(Object.keys(commands)).toContain(name);
    for (const [, name = ''] of text.matchAll(/npm run ([a-z]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });

  it('settings exist', () => {
    const others = [/^SOURCE_/, /^NO_COLOR$/, /^NODE_ENV$/];
    for (const [, name = ''] of text.matchAll(/`([A-Z]{2,}(?:_[A-Z]+)+)(?:=[^`]*)?`/g)) {
      if (!others.some((other) => other.test(name))) expect(settingNames).toContain(name);
    }
  });

  it('tests and folders of the program that it names exist', () => {
    for (const [, path = ''] of text.matchAll(/`((?:test|src|config)\/[\w./-]+)`/g)) {
      // The one that its reader makes.
      if (path === 'config/tandem.env') continue;
      const there = [path, `${path}.test.ts`, `${path}.ts`].some((each) => existsSync(each));
      expect([path, there]).toEqual([path, true]);
    }
  });
});
