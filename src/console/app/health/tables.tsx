import type { Health, Latency } from '../../contract.ts';
import { channelName, duration, providerName } from '../ui/words.tsx';

/** Where it is slow, and where it fails: one row a channel. */
export function ByChannel({ channels }: Pick<Health, 'channels'>) {
  return (
    <Table
      title="By channel"
      hint="p95 of webhook to 200, first words to answer stored, send to Twilio"
      none="No messages in this time."
      heads={['Channel', 'Accept', 'Answer', 'Send', 'Failed', 'Received']}
      rows={channels.map(({ name, whole }) => [
        channelName(name),
        p95(whole.latency.accept),
        p95(whole.latency.turn),
        p95(whole.latency.send),
        percent(whole.failureRate),
        String(whole.received),
      ])}
    />
  );
}

/** The same of those whose models our own assistants ask. */
export function ByProvider({ providers }: Pick<Health, 'providers'>) {
  return (
    <Table
      title="By provider"
      hint="Calls of models, and how long those took that were answered"
      none="No model was asked in this time."
      heads={['Provider', 'Median', 'p95', 'Failed', 'Calls']}
      rows={providers.map(({ name, whole }) => [
        providerName(name),
        whole.latency ? duration(whole.latency.p50) : '–',
        p95(whole.latency),
        percent(whole.failureRate),
        String(whole.calls),
      ])}
    />
  );
}

function Table(props: { title: string; hint: string; none: string; heads: string[]; rows: string[][] }) {
  const place = (column: number) => (column === 0 ? '' : 'number');
  return (
    <section class="card slim stack tight" aria-label={props.title}>
      <h3>{props.title}</h3>
      <p class="muted small">{props.rows.length === 0 ? props.none : props.hint}</p>
      {props.rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: in a narrow window it is scrolled, by keys as well
        <section class="table-wrap" aria-label={`${props.title}: table`} tabIndex={0}>
          <table>
            <thead>
              <tr>
                {props.heads.map((head, column) => (
                  <th key={head} class={place(column)}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {props.rows.map((row) => (
                <tr key={row[0]}>
                  {row.map((cell, column) => (
                    <td key={props.heads[column]} class={place(column)}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

const p95 = (latency: Latency | null) => (latency ? duration(latency.p95) : '–');
const percent = (rate: number | null) => (rate === null ? '–' : `${(rate * 100).toFixed(1)} %`);
