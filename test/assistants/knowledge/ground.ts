import { createIngestion, type Ingestion, type IngestionParts } from '../../../src/assistants/knowledge/ingestion.ts';
import {
  findKnowledge,
  insertKnowledge,
  type KnowledgeRow,
  type NewKnowledge,
} from '../../../src/assistants/knowledge/knowledge-store.ts';
import { createGuardedDispatcher } from '../../../src/http/outbound-guard.ts';
import { uuidv7 } from '../../../src/ids.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { createJobs, type Jobs } from '../../../src/queue/jobs.ts';
import { type Database, openDatabase, sql } from '../../../src/store/database.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';

export const ACCOUNT = `AC${'a1'.repeat(16)}`;

export type Process = Ingestion & { jobs: Jobs; stop(): Promise<void> };

/** A database, and processes that ingest on it. */
export type Ground = {
  db: Database;
  url: string;
  lines: Record<string, unknown>[];
  /** Added to the clock of every process. */
  later: number;
  startProcess(parts?: Partial<IngestionParts> & { lockMs?: number }): Promise<Process>;
  add(knowledge: Partial<NewKnowledge> & Pick<NewKnowledge, 'type'>): Promise<string>;
  addAssistant(knowledgeIds: string[]): Promise<string>;
  row(id: string): Promise<KnowledgeRow>;
  chunks(id: string): Promise<string[]>;
  /** Waits until it is no longer QUEUED or PROCESSING. */
  settled(id: string): Promise<KnowledgeRow>;
  close(): Promise<void>;
};

export async function openGround(): Promise<Ground> {
  const database = await freshDatabase();
  const db = openDatabase(database.url, () => {});
  const dispatcher = createGuardedDispatcher({ allowPrivate: true });
  const processes = new Set<Process>();
  const ground: Ground = {
    db,
    url: database.url,
    lines: [],
    later: 0,
    async startProcess({ lockMs, ...parts } = {}) {
      const log = createLogger('info', { write: (line: string) => void ground.lines.push(JSON.parse(line)) });
      const jobs = await createJobs({
        redisUrl: undefined,
        databaseUrl: database.url,
        log,
        ...(lockMs ? { lockMs } : {}),
      });
      const ingestion = createIngestion({
        db,
        now: () => new Date(Date.now() + ground.later),
        newId: uuidv7,
        jobs,
        dispatcher,
        allowPrivate: true,
        credentialsOf: async () => ({ headers: {} }),
        log,
        ...parts,
      });
      await jobs.start();
      const started: Process = {
        ...ingestion,
        jobs,
        async stop() {
          processes.delete(started);
          await jobs.stop(0);
          await jobs.close();
        },
      };
      processes.add(started);
      return started;
    },
    async add(knowledge) {
      const id = `aia_know_${uuidv7()}`;
      const whole = {
        name: 'Source',
        description: '',
        knowledge_source_details: {},
        ...knowledge,
        id,
        accountSid: ACCOUNT,
      };
      await db.transaction((tx) => insertKnowledge(tx, whole, new Date()));
      return id;
    },
    async addAssistant(knowledgeIds) {
      const id = `aia_asst_${uuidv7()}`;
      await db.query(sql`
        insert into assistants.assistant
          (id, account_sid, name, owner, personality_prompt, model, customer_ai, created_at, updated_at)
        values (${id}, ${ACCOUNT}, 'Harper', '', '', 'offline', '{}', now(), now())`);
      await db.query(sql`
        insert into assistants.assistant_knowledge (assistant_id, knowledge_id)
        select ${id}, knowledge_id from unnest(${knowledgeIds}::text[]) as knowledge_id`);
      return id;
    },
    row: async (id) => (await findKnowledge(db, ACCOUNT, id)) as KnowledgeRow,
    async chunks(id) {
      const rows = await db.query<{ content: string }>(sql`
        select content from assistants.knowledge_chunk where knowledge_id = ${id} order by position`);
      return rows.map(({ content }) => content);
    },
    settled: (id) =>
      until('the source is read or given up', async () => {
        const row = await ground.row(id);
        return ['COMPLETED', 'FAILED'].includes(row.status) ? row : undefined;
      }),
    async close() {
      await Promise.all([...processes].map((process) => process.stop()));
      await dispatcher.close();
      await db.close();
      await database.drop();
    },
  };
  return ground;
}
