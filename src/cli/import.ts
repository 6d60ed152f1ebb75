import { configFrom } from '../config/config.ts';
import { ConfigError, readEnvironment } from '../config/env.ts';
import { ApiError, createApi } from './import/api.ts';
import { bringIn } from './import/bring-in.ts';
import { help, readOptions, UsageError } from './import/options.ts';
import { readFromFile, readFromServer } from './import/source.ts';

try {
  process.exitCode = await main();
} catch (error) {
  const isKnown = error instanceof UsageError || error instanceof ConfigError || error instanceof ApiError;
  if (!isKnown) throw error;
  console.error(error.message);
  process.exitCode = error instanceof ApiError ? 1 : 2;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') {
    console.log(help);
    return 0;
  }
  const { source, target, dryRun } = options;
  const assistants =
    'file' in source
      ? await readFromFile(source.file)
      : await readFromServer(createApi(source.url, source.account, source.token));
  const [account] = configFrom(readEnvironment(process.env)).twilio.accounts;
  if (!account) throw new UsageError('There is no account to import into.');
  const api = createApi(target, account.accountSid, account.authTokens[0] as string);
  const { created, changed, failed, remarks } = await bringIn(api, assistants, !dryRun, console.log);

  console.log(
    `\n${created} ${dryRun ? 'to be created' : 'created'}, ${changed} ${dryRun ? 'to be changed' : 'changed'}, ${failed} refused.`,
  );
  if (remarks.length > 0) console.log(`\nLeft to do:\n${remarks.map((remark) => `  - ${remark}`).join('\n')}`);
  return failed > 0 ? 1 : 0;
}
