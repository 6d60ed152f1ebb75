import { useState } from 'preact/hooks';

export const tones = ['a', 'b', 'd', 'e', 'c'] as const;
export type Series = { name: string; tone: (typeof tones)[number]; values: (number | null)[] };

const WIDTH = 600;
const HEIGHT = 170;
const LEFT = 46;
const BOTTOM = 22;
const TOP = 8;
const TICKS = 3;

/** Lines over time. Where the pointer is, each has its value in words. No value is above `top`. */
export function Plot(props: {
  title: string;
  times: string[];
  series: Series[];
  shown: (value: number) => string;
  top?: number;
}) {
  const { title, times, series, shown, top = Number.POSITIVE_INFINITY } = props;
  const [at, setAt] = useState<number>();
  const highest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const most = Math.min(top, niceCeiling(highest));
  const x = (n: number) => LEFT + ((WIDTH - LEFT) * n) / Math.max(1, times.length - 1);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);
  const place = at ?? times.length - 1;

  function point(event: PointerEvent): void {
    const { left, width } = (event.currentTarget as SVGElement).getBoundingClientRect();
    const share = (((event.clientX - left) / width) * WIDTH - LEFT) / (WIDTH - LEFT);
    setAt(Math.min(times.length - 1, Math.max(0, Math.round(share * (times.length - 1)))));
  }
  const summary = series.map(({ name, values }) => `${name} ${spoken(values[place], shown)}`).join(', ');

  return (
    <figure class="plot card slim stack tight">
      <figcaption class="row spread wrap">
        <h3>{title}</h3>
        <span class="legend">
          {series.map(({ name, tone, values }) => (
            <span key={name} class={tone}>
              {name} <strong class="number">{spoken(values[place], shown)}</strong>
            </span>
          ))}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title} at ${clock(times[place])}: ${summary}`}
        onPointerMove={point}
        onPointerLeave={() => setAt(undefined)}
      >
        {Array.from({ length: TICKS + 1 }, (_, n) => (most * n) / TICKS).map((value) => (
          <line
            key={value}
            class="grid"
            x1={LEFT}
            x2={WIDTH}
            y1={y(value)}
            y2={y(value)}
            vector-effect="non-scaling-stroke"
          />
        ))}
        {series.map(({ name, tone, values }) => (
          <g key={name} class={tone}>
            <path class="area" d={areas(values, x, y, y(0))} />
            <path class="series" d={lines(values, x, y)} vector-effect="non-scaling-stroke" />
            <path class="points" d={points(values, x, y)} vector-effect="non-scaling-stroke" />
          </g>
        ))}
        {at !== undefined && (
          <line class="cursor" x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} vector-effect="non-scaling-stroke" />
        )}
      </svg>
      <div class="axis number" aria-hidden="true">
        {Array.from({ length: TICKS + 1 }, (_, n) => (most * n) / TICKS).map((value) => (
          <span key={value} class="y" style={{ top: `${(y(value) / HEIGHT) * 100}%` }}>
            {shown(value)}
          </span>
        ))}
        <span class="x">{clock(times[0])}</span>
        <span class="x now">{at === undefined ? 'now' : clock(times[at])}</span>
      </div>
    </figure>
  );
}

function spoken(value: number | null | undefined, shown: (value: number) => string): string {
  return value === null || value === undefined ? '–' : shown(value);
}

function clock(time: string | undefined): string {
  return time ? new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' }) : '';
}

/** One line for each stretch that has values. */
function lines(values: (number | null)[], x: (n: number) => number, y: (value: number) => number): string {
  return values
    .map((value, n) => {
      if (value === null) return '';
      const isStart = n === 0 || values[n - 1] === null;
      return `${isStart ? 'M' : 'L'}${x(n)} ${y(value)}`;
    })
    .join('');
}

/** Values with nothing before or after them: lines of no length, which round ends make dots. */
function points(values: (number | null)[], x: (n: number) => number, y: (value: number) => number): string {
  return values
    .map((value, n) => {
      const isAlone = (values[n - 1] ?? null) === null && (values[n + 1] ?? null) === null;
      return value !== null && isAlone ? `M${x(n)} ${y(value)}h.01` : '';
    })
    .join('');
}

function areas(values: (number | null)[], x: (n: number) => number, y: (value: number) => number, floor: number) {
  return values
    .map((value, n) => {
      if (value === null) return '';
      const isStart = n === 0 || values[n - 1] === null;
      const isEnd = n === values.length - 1 || values[n + 1] === null;
      return `${isStart ? `M${x(n)} ${floor}` : ''}L${x(n)} ${y(value)}${isEnd ? `L${x(n)} ${floor}Z` : ''}`;
    })
    .join('');
}

/** The next number that is easy to divide by three: 3, 6, 15, 30, 60 … */
function niceCeiling(value: number): number {
  if (value <= 0) return 3;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1.5, 3, 6, 9, 15].map((step) => step * power).find((step) => step >= value) ?? value;
}
