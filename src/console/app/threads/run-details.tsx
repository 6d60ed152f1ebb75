import type { Run, RunView, TurnEntry } from '../../contract.ts';
import { useData } from '../api.ts';
import { duration, plural } from '../ui/words.tsx';

/** What the assistant did for a turn: models, tools, knowledge, checks, tokens. */
export function RunDetails({ turn }: { turn: TurnEntry }) {
  const finished = turn.finishedAt !== null;
  const { data, error } = useData<RunView>(finished ? `/turns/${turn.id}/run` : undefined);
  return (
    <div class="run">
      <dl class="facts small">
        <Fact name="Attempts" value={String(turn.attempts)} />
        {turn.errorCode && <Fact name="Code" value={turn.errorCode} />}
        {data?.run?.model && <Fact name="Model" value={data.run.model} />}
        {data?.run?.usage && (
          <Fact
            name="Tokens in, out"
            value={`${data.run.usage.inputTokens ?? 0}, ${data.run.usage.outputTokens ?? 0}`}
          />
        )}
        {data?.run?.ms !== undefined && <Fact name="Assistant" value={duration(data.run.ms)} />}
      </dl>
      {data?.run && <RunSteps run={data.run} />}
      {data &&
        !data.run &&
        (data.sources.length > 0 ? (
          <Sources names={data.sources} />
        ) : (
          <p class="small muted">The assistant kept no notes on this turn.</p>
        ))}
      {error && <p class="small muted">{error}</p>}
      {turn.sessionId && (
        <p class="small muted clip">
          Session <code>{turn.sessionId}</code>
        </p>
      )}
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Sources({ names }: { names: string[] }) {
  return (
    <p class="row wrap small">
      <span class="muted">Knowledge used</span>
      {names.map((name) => (
        <span key={name} class="badge">
          {name}
        </span>
      ))}
    </p>
  );
}

/** Each thing that was done, in the order in which an answer comes about. */
export function RunSteps({ run }: { run: Run }) {
  const { attempts = [], tools = [], knowledge = [], guardrails = [] } = run;
  return (
    <ol class="steps small">
      {guardrails.map((check) => (
        <li key={`check ${check.check}`} class={isClean(check.verdict) ? '' : 'bad'}>
          <span>
            Check: {check.check.replaceAll('_', ' ')}
            <span class="muted">
              {' '}
              {check.verdict}
              {check.action && !isClean(check.verdict) ? `, ${check.action}` : ''}
            </span>
          </span>
          {check.score !== undefined && <span class="muted number">{check.score.toFixed(2)}</span>}
        </li>
      ))}
      {knowledge.length > 0 && (
        <li>
          <span>
            Knowledge: {plural(knowledge.length, 'passage')}
            {knowledge.map((passage, n) => (
              <span key={n} class="row spread muted">
                <span class="clip">{passage.title ? `${passage.source}: ${passage.title}` : passage.source}</span>
                {passage.score !== undefined && <span class="number">{passage.score.toFixed(2)}</span>}
              </span>
            ))}
          </span>
        </li>
      )}
      {tools.map((tool, n) => (
        <li key={`tool ${n}`} class={tool.error ? 'bad' : ''}>
          <details>
            <summary>
              Tool: <strong>{tool.name}</strong>
              {tool.error && <span class="muted"> {tool.error}</span>}
            </summary>
            <div class="stack tight">
              <pre>{shown(tool.input)}</pre>
              <pre>{shown(tool.output)}</pre>
            </div>
          </details>
          <span class="muted number">{duration(tool.ms)}</span>
        </li>
      ))}
      {attempts.map((attempt, n) => (
        <li key={`model ${n}`} class={attempt.error ? 'bad' : ''}>
          <span>
            Model: <strong>{attempt.model}</strong>
            {attempt.error && <span class="muted"> {attempt.error}</span>}
          </span>
          <span class="muted number">{duration(attempt.ms)}</span>
        </li>
      ))}
    </ol>
  );
}

function isClean(verdict: string): boolean {
  return ['pass', 'passed', 'ok', 'clean', 'allow', 'grounded', 'none'].includes(verdict);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
