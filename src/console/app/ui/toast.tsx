import { useEffect, useState } from 'preact/hooks';

type Toast = { id: number; text: string; kind: 'good' | 'bad' };

const SHOWN_MS = 3_500;
let count = 0;
let show: (toast: Toast) => void = () => {};

/** Says in a corner, and to screen readers, what has happened. */
export function toast(text: string, kind: Toast['kind'] = 'good'): void {
  count += 1;
  show({ id: count, text, kind });
}

export function Toasts() {
  const [shown, setShown] = useState<Toast>();
  useEffect(() => {
    show = (added) => {
      setShown(added);
      setTimeout(() => setShown((now) => (now?.id === added.id ? undefined : now)), SHOWN_MS);
    };
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown && (
        <p key={shown.id} class={`toast ${shown.kind}`}>
          {shown.text}
        </p>
      )}
    </div>
  );
}
