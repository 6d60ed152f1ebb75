/** Line icons on a grid of 24, drawn for this console. */
const paths = {
  phone: 'M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM11 18h2',
  threads: 'M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 4v-4H6a2 2 0 0 1-2-2zM8 8.500h8M8 12h5',
  failures: 'M12 4l9 15.500H3zM12 10v4.500M12 17.200v.1',
  assistants:
    'M12 3v3M7 8h10a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM9.500 13v.5M14.500 13v.5M2.500 12.500v3M21.500 12.500v3',
  health: 'M3 12h4l2.500-6 4.500 12 2.500-6H21',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4',
  send: 'M4 12l16-8-6 16-3-7z',
  attach:
    'M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.300 3.300 0 0 1 4.700 4.700l-8.400 8.400a1.700 1.700 0 0 1-2.400-2.400L14.500 7',
  back: 'M15 5l-7 7 7 7',
  chevron: 'M9 5l7 7-7 7',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM5 20c.6-3.500 3.400-5.500 7-5.500s6.400 2 7 5.500',
  plus: 'M12 5v14M5 12h14',
  retry: 'M20 11a8 8 0 1 0-2.300 6.300M20 5v6h-6',
  close: 'M6 6l12 12M18 6L6 18',
  tool: 'M14.500 6.500a4 4 0 0 1 5-1.500l-2.700 2.700 1.500 1.500L21 6.500a4.300 4.300 0 0 1-6 5.300L7.500 19.300a2 2 0 0 1-2.800-2.800L12.200 9a4.300 4.300 0 0 1 2.300-2.500z',
  book: 'M5 5a2 2 0 0 1 2-2h12v15H7a2 2 0 0 0-2 2zM5 20a2 2 0 0 0 2 2h12v-4',
  shield: 'M12 3l7 3v5c0 4.500-2.900 8.200-7 10-4.100-1.800-7-5.500-7-10V6z',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  queue: 'M4 6h16M4 12h16M4 18h10',
  leave: 'M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 8l-4 4 4 4M6 12h9',
  bolt: 'M13 3L5 14h6l-1 7 8-11h-6z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, class: extra }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${extra ?? ''}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0b6b5d" />
      <path
        d="M7 11.500A3.500 3.500 0 0 1 10.500 8h6a3.500 3.500 0 0 1 3.500 3.500v2a3.500 3.500 0 0 1-3.500 3.500H12l-3.500 3v-3.400A3.500 3.500 0 0 1 7 13.500z"
        fill="#fff"
      />
      <path
        d="M22 13.200a3.500 3.500 0 0 1 3 3.400v2a3.500 3.500 0 0 1-1.500 2.900V25L20 22h-4.500a3.500 3.500 0 0 1-3-1.700l.5-.3h4.300a5.300 5.300 0 0 0 4.700-5.300z"
        fill="#8fe0cf"
      />
    </svg>
  );
}
