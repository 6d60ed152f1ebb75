import { useEffect, useState } from 'preact/hooks';

/** Whether the gateway was away when it was last asked. */
let away = false;
const listeners = new Set<(away: boolean) => void>();

/** Every request tells what became of it. */
export function noteAway(now: boolean): void {
  if (now === away) return;
  away = now;
  for (const listener of listeners) listener(away);
}

export function useAway(): boolean {
  const [known, setKnown] = useState(away);
  useEffect(() => {
    setKnown(away);
    listeners.add(setKnown);
    return () => void listeners.delete(setKnown);
  }, []);
  return known;
}
