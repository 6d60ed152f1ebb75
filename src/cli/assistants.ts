import { gatewayAt, gatewayExitCodes, gatewayHelp, gatewayOptions, readArgs } from './gateway.ts';
import { ago, paint, table } from './output.ts';

export const help = `Lists the assistants with their models.

  npx tandem assistants

Options
${gatewayHelp}

They are made and changed on the console's Assistants page, by the Assistants API, or by npx tandem import.

${gatewayExitCodes}`;

type Assistant = { id: string; name: string; model: string; date_updated: string };
type Page = { assistants: Assistant[]; meta: { next_page_url: string | null } };

export async function run(args: string[]): Promise<number> {
  const { values } = readArgs(args, gatewayOptions);
  const gateway = gatewayAt(values.url);
  const assistants: Assistant[] = [];
  for (let path: string | undefined = '/v1/Assistants?PageSize=100'; path; ) {
    const page: Page = await gateway.ask<Page>('GET', path);
    assistants.push(...page.assistants);
    const next = page.meta.next_page_url;
    path = next ? next.slice(next.indexOf('/v1/')) : undefined;
  }
  if (values.json) console.log(JSON.stringify({ assistants }));
  else if (assistants.length === 0)
    console.log('There is no assistant yet. Create one on the Assistants page of the console.');
  else {
    const rows = assistants.map(({ id, name, model, date_updated }) => [
      name,
      model,
      ago(date_updated),
      paint('dim', id),
    ]);
    console.log(table(['NAME', 'MODEL', 'CHANGED', 'ID'], rows));
  }
  return 0;
}
