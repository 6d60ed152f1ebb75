/**
 * A process that owns the data folder of its first argument until SIGTERM, for tests to kill.
 * It prints one line of JSON: the url, or why it could not start.
 */
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';

try {
  const postgres = await startEmbeddedPostgres(process.argv[2] as string);
  process.once('SIGTERM', () => postgres.stop());
  console.log(JSON.stringify({ url: postgres.url }));
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message }));
}
