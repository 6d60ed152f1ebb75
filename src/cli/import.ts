import { configFrom } from '../config/config.ts';
import { readEnvironment } from '../config/env.ts';
import { Failure, UsageError } from './failure.ts';
import { ApiError, createApi } from './import/api.ts';
import { bringIn } from './import/bring-in.ts';
import { readOptions } from './import/options.ts';
import { readFromFile, readFromServer } from './import/source.ts';

export { help } from './import/options.ts';

export async function run(args: string[]): Promise<number> {
  try {
    return await importAssistants(args);
  } catch (error) {
    throw error instanceof ApiError ? new Failure(1, error.message) : error;
  }
}

async function importAssistants(args: string[]): Promise<number> {
  const { source, target, dryRun, json } = readOptions(args, process.env);
  const assistants =
    'file' in source
      ? await readFromFile(source.file)
      : await readFromServer(createApi(source.url, source.account, source.token));
  const [account] = configFrom(readEnvironment(process.env)).twilio.accounts;
  if (!account) throw new UsageError('There is no account to import into.');
  const api = createApi(target, account.accountSid, account.authTokens[0] as string);
  const outcome = await bringIn(api, assistants, !dryRun, json ? () => {} : console.log);
  const { created, changed, failed, remarks } = outcome;
  if (json) {
    console.log(JSON.stringify(outcome));
    return failed > 0 ? 1 : 0;
  }
  console.log(
    `\n${created} ${dryRun ? 'to be created' : 'created'}, ${changed} ${dryRun ? 'to be changed' : 'changed'}, ${failed} refused.`,
  );
  if (remarks.length > 0) console.log(`\nLeft to do:\n${remarks.map((remark) => `  - ${remark}`).join('\n')}`);
  return failed > 0 ? 1 : 0;
}
