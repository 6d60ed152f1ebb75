import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type ModelChoice,
  modelChoices,
  type StoredModel,
  type StoredSettings,
} from '../../assistants/model-settings.ts';
import { unseal } from '../../assistants/secrets.ts';
import type { Config } from '../../config/config.ts';
import { type Database, openDatabase, sql } from '../../store/database.ts';
import { pendingMigrations, tooNew } from '../../store/migrate.ts';
import { type Finding, ok, problem, reasonOf, warning } from './finding.ts';

const OLDEST = 140_000;
const ENOUGH_DISK = 1024 ** 3;
const ENOUGH_CONNECTIONS = 40;

/** An assistant with its models, as far as their keys can be read. */
export type StoredAssistant = { id: string; name: string; models: ModelChoice[] };

export type DatabaseReport = { findings: Finding[]; assistants: StoredAssistant[] | undefined };

export async function examineDatabase(config: Config): Promise<DatabaseReport> {
  const { databaseUrl, dataDir } = config.store;
  if (databaseUrl === undefined) return { findings: [await examineDisk(dataDir)], assistants: undefined };
  const db = openDatabase(databaseUrl, () => {}, 1);
  try {
    return await examineServer(db, config.secrets.secretsKey);
  } catch (error) {
    return { findings: [unreachable(error)], assistants: undefined };
  } finally {
    await db.close().catch(() => {});
  }
}

async function examineServer(db: Database, secretsKey: Buffer): Promise<DatabaseReport> {
  const [server] = await db.query<{ version: number; standby: boolean; connections: number; bytes: number }>(sql`
    select current_setting('server_version_num')::int as version,
      pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as standby,
      current_setting('max_connections')::int as connections, pg_database_size(current_database()) as bytes`);
  const { version, standby, connections, bytes } = server as NonNullable<typeof server>;
  const findings: Finding[] = [];
  const major = Math.floor(version / 10_000);
  if (version < OLDEST) {
    findings.push(problem('database', `PostgreSQL ${major} is too old.`, 'Use PostgreSQL 14 or newer.'));
  }
  if (standby) {
    findings.push(
      problem(
        'database',
        'The database takes no writes: it is a standby, or read-only.',
        'Point DATABASE_URL at the primary.',
      ),
    );
  }
  if (connections < ENOUGH_CONNECTIONS) {
    findings.push(
      warning(
        'database',
        `The server takes ${connections} connections; each process of Tandem uses up to 30.`,
        'Raise max_connections in PostgreSQL’s configuration.',
      ),
    );
  }
  const newer = await tooNew(db);
  if (newer)
    return {
      findings: [...findings, problem('database', 'A newer version of Tandem has changed this database.', newer)],
      assistants: undefined,
    };
  const pending = await pendingMigrations(db);
  if (pending.length > 0) {
    const [table] = await db.query<{ known: boolean }>(sql`select to_regclass('gateway.thread') is not null as known`);
    const fix =
      'Start the gateway of this version: it applies them before anything else. While it does not, its log says why.';
    findings.push(
      table?.known
        ? problem('database', `The database lacks ${pending.length} migrations, the first is ${pending[0]}.`, fix)
        : warning('database', 'The database is still empty.', fix),
    );
    return { findings, assistants: undefined };
  }
  findings.push(ok('database', `PostgreSQL ${major} answers, its schema is up to date, it holds ${megabytes(bytes)}.`));
  const secrets = await examineSecrets(db, secretsKey);
  return { findings: [...findings, secrets.finding], assistants: secrets.assistants };
}

/** Whether stored credentials were encrypted under the key that is set now. */
async function examineSecrets(
  db: Database,
  key: Buffer,
): Promise<{ finding: Finding; assistants: StoredAssistant[] | undefined }> {
  const rows = await db.query<{
    id: string;
    name: string;
    model: string;
    model_settings: StoredSettings;
    fallbacks: StoredModel[];
  }>(sql`select id, name, model, model_settings, fallbacks from assistants.assistant order by created_at`);
  const sealed = await db.query<{ sealed: Buffer }>(sql`
    (select sealed_details as sealed from assistants.policy limit 20)
    union all
    (select segment_credential from assistants.assistant where segment_credential is not null limit 20)`);
  try {
    for (const each of sealed) unseal(key, each.sealed);
    const assistants = rows.map(({ id, name, ...models }) => ({ id, name, models: modelChoices(models, key) }));
    return { finding: ok('secrets', 'Stored credentials can be read with SECRETS_KEY.'), assistants };
  } catch {
    const finding = problem(
      'secrets',
      'SECRETS_KEY is not the key that the stored credentials were encrypted with.',
      'Set it to what it was before. If that is lost, enter the credentials of assistants, tools and policies again.',
    );
    return { finding, assistants: undefined };
  }
}

async function examineDisk(dataDir: string): Promise<Finding> {
  for (let folder = dataDir; ; folder = dirname(folder)) {
    const disk = await statfs(folder).catch(() => undefined);
    // The folder is made at the first start: the disk is that of the folder above.
    if (!disk && folder !== dirname(folder)) continue;
    const free = disk ? disk.bavail * disk.bsize : 0;
    return free < ENOUGH_DISK
      ? problem(
          'database',
          `Only ${megabytes(free)} are free for the embedded database in ${dataDir}.`,
          'Free some space, or set DATA_DIR to a larger disk.',
        )
      : ok('database', `Embedded in ${dataDir}; ${megabytes(free)} are free.`);
  }
}

function unreachable(error: unknown): Finding {
  const reason = reasonOf(error);
  const fixes: Record<string, string> = {
    '28P01': 'The password is wrong: correct it in DATABASE_URL (percent-encode special characters).',
    '28000': 'The server lets this user not in from here: correct the user in DATABASE_URL, or pg_hba.conf.',
    '3D000': 'There is no such database: create it, or correct the name in DATABASE_URL.',
    '42501': 'The user may not do this: give it all privileges on the database.',
    ENOTFOUND: 'There is no such host: correct DATABASE_URL.',
    ECONNREFUSED: 'Nothing listens there: start PostgreSQL, or correct host and port in DATABASE_URL.',
  };
  return problem(
    'database',
    `PostgreSQL cannot be used (${reason}).`,
    fixes[reason] ?? 'Check DATABASE_URL, the network between here and there, and the server’s log.',
  );
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2).toLocaleString('en')} MB`;
