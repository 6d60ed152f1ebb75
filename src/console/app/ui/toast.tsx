import { useEffect, useState } from 'preact/hooks';

type Toast = { id: number; text: string; kind: 'good' | 'bad' };

const SHOWN_MS = 5_000;
let count = 0;
let show: (toast: Toast) => void = () => {};

/** Says in a corner, and to screen readers, what has happened. */
export function toast(text: string, kind: Toast['kind'] = 'good'): void {
  count += 1;
  show({ id: count, text, kind });
}

export function Toasts() {
  const [toasts, setToasts] = useState<Toast[]>([]);
  useEffect(() => {
    show = (added) => {
      setToasts((before) => [...before.slice(-2), added]);
      setTimeout(() => setToasts((before) => before.filter((each) => each.id !== added.id)), SHOWN_MS);
    };
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map((each) => (
        <p key={each.id} class={`toast ${each.kind}`}>
          {each.text}
        </p>
      ))}
    </div>
  );
}
