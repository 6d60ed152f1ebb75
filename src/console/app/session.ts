import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { About, Session } from '../contract.ts';

/** Who looks, and at what kind of gateway. */
export type Viewer = Session & { about: About };

export const ViewerContext = createContext<Viewer | undefined>(undefined);

export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error('Nobody is logged in.');
  return viewer;
}

/** Viewers look, and change nothing. */
export function useMayAct(): boolean {
  return useViewer().role === 'operator';
}
