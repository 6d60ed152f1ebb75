import type { ComponentProps } from 'preact';
import type { CallsCourse, Health, Latency, TrafficCourse } from '../../contract.ts';
import { channelName, duration, providerName } from '../ui/words.tsx';
import { Plot, tones } from './plot.tsx';

type Times = { times: string[]; stepSeconds: number };

export function TrafficPlots({ steps, times, stepSeconds }: Times & { steps: TrafficCourse['steps'] }) {
  const perMinute = (value: number) => (value * 60) / stepSeconds;
  const latency = (measure: 'accept' | 'turn' | 'send') => steps.map((step) => step.latency[measure]);
  return (
    <>
      <Plot
        title="Messages a minute"
        times={times}
        shown={count}
        series={[
          { name: 'Received', tone: 'b', values: steps.map((step) => perMinute(step.received)) },
          { name: 'Sent', tone: 'a', values: steps.map((step) => perMinute(step.sent)) },
        ]}
      />
      <Plot
        title="Failures a minute"
        times={times}
        shown={count}
        series={[
          { name: 'Turns', tone: 'c', values: steps.map((step) => perMinute(step.failed)) },
          { name: 'Sends', tone: 'b', values: steps.map((step) => perMinute(step.sendFailed)) },
        ]}
      />
      <LatencyPlot title="Webhook to answer 200" times={times} latencies={latency('accept')} />
      <LatencyPlot title="First words to answer stored" times={times} latencies={latency('turn')} />
      <LatencyPlot title="Send to Twilio" times={times} latencies={latency('send')} />
      <RatePlot title="Failure rate" times={times} series={[{ name: 'Failed', tone: 'c', values: percents(steps) }]} />
      <Plot
        title="Messages waiting"
        times={times}
        shown={count}
        series={[{ name: 'Waiting', tone: 'b', values: steps.map((step) => step.waiting) }]}
      />
      <Plot
        title="Oldest waiting"
        times={times}
        shown={duration}
        series={[{ name: 'Age', tone: 'c', values: steps.map((step) => step.oldestWaitingSeconds * 1_000) }]}
      />
    </>
  );
}

export function CallsPlots({ steps, times, stepSeconds }: Times & { steps: CallsCourse['steps'] }) {
  const perMinute = (value: number) => (value * 60) / stepSeconds;
  return (
    <>
      <Plot
        title="Calls a minute"
        times={times}
        shown={count}
        series={[
          { name: 'Made', tone: 'b', values: steps.map((step) => perMinute(step.calls)) },
          { name: 'Failed', tone: 'c', values: steps.map((step) => perMinute(step.failed)) },
        ]}
      />
      <LatencyPlot title="Call to answer" times={times} latencies={steps.map((step) => step.latency)} />
      <RatePlot title="Failure rate" times={times} series={[{ name: 'Failed', tone: 'c', values: percents(steps) }]} />
    </>
  );
}

/** Channels beside each other, and providers. */
export function ComparingPlots({ health: { times, channels, providers } }: { health: Health }) {
  const lines = <Row extends { name: string }>(rows: Row[], valuesOf: (row: Row) => (number | null)[]) =>
    rows.map((row, n) => ({ name: row.name, tone: tones[n % tones.length] ?? 'a', values: valuesOf(row) }));
  const ofChannels = channels.map((row) => ({ ...row, name: channelName(row.name) }));
  const ofProviders = providers.map((row) => ({ ...row, name: providerName(row.name) }));
  const slow = (latency: Latency | null) => latency?.p95 ?? null;
  return (
    <>
      {channels.length > 0 && (
        <>
          <Plot
            title="Answer p95 by channel"
            times={times}
            shown={duration}
            series={lines(ofChannels, ({ steps }) => steps.map(({ latency }) => slow(latency.turn)))}
          />
          <RatePlot
            title="Failure rate by channel"
            times={times}
            series={lines(ofChannels, ({ steps }) => percents(steps))}
          />
        </>
      )}
      {providers.length > 0 && (
        <>
          <Plot
            title="Call p95 by provider"
            times={times}
            shown={duration}
            series={lines(ofProviders, ({ steps }) => steps.map(({ latency }) => slow(latency)))}
          />
          <RatePlot
            title="Failure rate by provider"
            times={times}
            series={lines(ofProviders, ({ steps }) => percents(steps))}
          />
        </>
      )}
    </>
  );
}

function RatePlot(props: Pick<ComponentProps<typeof Plot>, 'title' | 'times' | 'series'>) {
  return <Plot {...props} shown={percent} top={100} />;
}

function LatencyPlot({ title, times, latencies }: { title: string; times: string[]; latencies: (Latency | null)[] }) {
  const values = (share: keyof Latency) => latencies.map((latency) => latency?.[share] ?? null);
  return (
    <Plot
      title={title}
      times={times}
      shown={duration}
      series={[
        { name: 'Median', tone: 'a', values: values('p50') },
        { name: 'p95', tone: 'b', values: values('p95') },
      ]}
    />
  );
}

const count = (value: number) => (value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value)));
const percent = (value: number) => `${Math.round(value * 10) / 10} %`;
const percents = (steps: { failureRate: number | null }[]) =>
  steps.map(({ failureRate }) => failureRate && failureRate * 100);
