import type { ModelChoice } from '../../assistants/model-settings.ts';
import { addresses, lacksKey, type ProviderKeys, providerOf } from '../../assistants/providers/language-model.ts';
import type { Config } from '../../config/config.ts';
import type { StoredAssistant } from './database.ts';
import { type Finding, ok, problem, reasonOf, warning } from './finding.ts';

const PATIENCE = 10_000;

/** The variable in which a provider's key is looked for. */
const variables: Record<string, string> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  gemini: 'GOOGLE_GENERATIVE_AI_API_KEY',
  groq: 'GROQ_API_KEY',
  xai: 'XAI_API_KEY',
};

export async function examineAssistants(config: Config, stored: StoredAssistant[] | undefined): Promise<Finding[]> {
  if (config.assistants.baseUrl) return [await examineRemote(config, config.assistants.baseUrl)];
  return stored ? examineOwn(config, stored) : [];
}

async function examineOwn(config: Config, stored: StoredAssistant[]): Promise<Finding[]> {
  const { defaultAssistantId, providerKeys } = config.assistants;
  if (stored.length === 0) {
    return [
      warning(
        'assistants',
        'There is no assistant yet: messages fail until there is.',
        'Create one on the console’s Assistants page, or with npx tandem import.',
      ),
    ];
  }
  const findings: Finding[] = [];
  if (defaultAssistantId !== undefined && !stored.some(({ id }) => id === defaultAssistantId)) {
    findings.push(
      problem(
        'assistants',
        `ASSISTANT_ID names an assistant that does not exist (${defaultAssistantId}).`,
        'Set it to one that npx tandem assistants lists, or unset it.',
      ),
    );
  }
  const asked = new Map<string, Promise<string | undefined>>();
  for (const { name, models } of stored) {
    for (const choice of models.filter(({ model }) => model.includes('/'))) {
      const provider = providerOf(choice);
      if (lacksKey(choice, providerKeys)) {
        findings.push(
          problem(
            'assistants',
            `${name} is set to ${choice.model}, and there is no key for it.`,
            `Set ${variables[provider]}, or give the assistant a key of its own.`,
          ),
        );
        continue;
      }
      const place = `${provider} ${choice.baseUrl} ${choice.apiKey}`;
      const refusal = asked.get(place) ?? tryKey(choice, providerKeys);
      asked.set(place, refusal);
      const why = await refusal;
      if (why !== undefined) {
        findings.push(
          problem(
            'assistants',
            `${name} cannot ask ${choice.model}: ${why}.`,
            `Check the key (${choice.apiKey ? 'the assistant’s own' : variables[provider]}) and the address of the provider.`,
          ),
        );
      }
    }
  }
  if (findings.length === 0)
    findings.push(ok('assistants', `${stored.length} assistants, each with a model that can be asked.`));
  return findings;
}

/** Why a provider does not let us in; undefined when it does. Listing models costs nothing. */
async function tryKey(choice: ModelChoice, keys: ProviderKeys): Promise<string | undefined> {
  const provider = providerOf(choice);
  const key = choice.apiKey ?? (choice.baseUrl === undefined ? keys[provider] : undefined);
  const headers: Record<string, string> = !key
    ? {}
    : provider === 'anthropic'
      ? { 'x-api-key': key, 'anthropic-version': '2023-06-01' }
      : provider === 'gemini'
        ? { 'x-goog-api-key': key }
        : { authorization: `Bearer ${key}` };
  try {
    const response = await fetch(`${choice.baseUrl ?? addresses[provider]}/models`, {
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    return response.status === 401 || response.status === 403
      ? `its key is refused (HTTP ${response.status})`
      : undefined;
  } catch (error) {
    return `its provider cannot be reached (${reasonOf(error)})`;
  }
}

async function examineRemote(config: Config, baseUrl: string): Promise<Finding> {
  const [account] = config.twilio.accounts as [Config['twilio']['accounts'][number]];
  const { defaultAssistantId } = config.assistants;
  const path = defaultAssistantId
    ? `/v1/Assistants/${encodeURIComponent(defaultAssistantId)}`
    : '/v1/Assistants?PageSize=1';
  let response: Response;
  try {
    response = await fetch(baseUrl + path, {
      headers: {
        authorization: `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`,
        accept: 'application/json',
      },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
  } catch (error) {
    return problem(
      'assistants',
      `The assistants server at ${baseUrl} cannot be reached (${reasonOf(error)}).`,
      'Start it, or correct ASSISTANTS_BASE_URL.',
    );
  }
  const { status } = response;
  if (status === 401 || status === 403) {
    return problem(
      'assistants',
      `The assistants server refuses our account (HTTP ${status}).`,
      'Give it the same account and token, or correct ASSISTANTS_BASE_URL.',
    );
  }
  if (status === 404 && defaultAssistantId) {
    return problem('assistants', `The assistants server knows no ${defaultAssistantId}.`, 'Correct ASSISTANT_ID.');
  }
  return ok('assistants', `The assistants server at ${baseUrl} answers.`);
}
