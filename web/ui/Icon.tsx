import type { ReactNode } from 'react'

/** Line icons on a 24 × 24 grid, our own. */
const paths = {
  home: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  target: 'M12 3v3M12 18v3M3 12h3M18 12h3M12 19a7 7 0 100-14 7 7 0 000 14zM12 14a2 2 0 100-4 2 2 0 000 4z',
  people:
    'M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 010 6.5M18 14.5c2 .7 3.2 2.5 3.5 5.5',
  person: 'M12 11a4 4 0 100-8 4 4 0 000 8zM4 21c.6-4.5 3.5-7 8-7s7.4 2.5 8 7',
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M11 18a7 7 0 100-14 7 7 0 000 14zM16 16l5 5',
  globe: 'M12 21a9 9 0 100-18 9 9 0 000 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
  sun: 'M12 16a4 4 0 100-8 4 4 0 000 8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 019.5 4a8.5 8.5 0 1010.5 10.5z',
  half: 'M12 21a9 9 0 100-18 9 9 0 000 18zM12 3v18M12 7h5M12 12h7M12 17h5',
  gauge: 'M4 19a9.5 9.5 0 1116 0M12 15l4-6M12 16.5a1.5 1.5 0 100-3 1.5 1.5 0 000 3zM4 19h16',
  check: 'M4 12.5l5 5L20 6.5',
  checkCircle: 'M12 21a9 9 0 100-18 9 9 0 000 18zM8 12.3l2.8 2.8L16 9.5',
  crossCircle: 'M12 21a9 9 0 100-18 9 9 0 000 18zM9 9l6 6M15 9l-6 6',
  clock: 'M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3.5 2',
  warning: 'M12 4L2.5 20h19zM12 10v5M12 17.5v.1',
  info: 'M12 21a9 9 0 100-18 9 9 0 000 18zM12 11v5.5M12 7.5v.1',
  stop: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM8.5 12h7',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  arrow: 'M5 12h14M13 6l6 6-6 6',
  back: 'M19 12H5M11 6l-6 6 6 6',
  down: 'M6 9l6 6 6-6',
  right: 'M9 6l6 6-6 6',
  letter: 'M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7',
  link: 'M10 14a4 4 0 006 .5l3-3a4 4 0 00-6-6l-1 1M14 10a4 4 0 00-6-.5l-3 3a4 4 0 006 6l1-1',
  pen: 'M4 20l1-5L16 4l4 4L9 19zM14 6l4 4',
  signOut: 'M10 4H4v16h6M15 8l4 4-4 4M9 12h10',
  inbox: 'M3 13l3-9h12l3 9v7H3zM3 13h5l1.5 3h5L16 13h5',
  traffic: 'M3 8h14M13 4l4 4-4 4M21 16H7M11 12l-4 4 4 4',
  flag: 'M5 21V4h13l-3 4.5 3 4.5H5',
  bell: 'M12 4a5.5 5.5 0 00-5.5 5.5c0 5-2 6.5-2 6.5h15s-2-1.5-2-6.5A5.5 5.5 0 0012 4zM12 4V2.5M10 19.5a2.2 2.2 0 004 0',
  bug: 'M12 20a5 5 0 005-5v-4a5 5 0 00-10 0v4a5 5 0 005 5zM9 7a3 3 0 016 0M7 12H3M21 12h-4M7.5 16L4 18.5M16.5 16l3.5 2.5M7.5 9L4.5 6.5M16.5 9l3-2.5',
  report: 'M5 3h14v18H5zM9 16v-3M12 16V8M15 16v-5',
  ledger: 'M5 4h14v16H5zM5 9h14M5 14.5h14M9 4v16',
  shield: 'M12 3l8 3v6c0 5-3.5 8-8 9.5C7.5 20 4 17 4 12V6zM8.5 12l2.5 2.5 4.5-5',
  key: 'M8 18a4 4 0 100-8 4 4 0 000 8zM11 11l9-8M16 6.5L19 9.5M14 8.5l2 2',
  dot: 'M12 14a2 2 0 100-4 2 2 0 000 4z',
} as const
export type IconName = keyof typeof paths

/** Decoration unless `label` is given; then it is read aloud. */
export function Icon({ name, size = 18, label }: { name: IconName; size?: number; label?: string }): ReactNode {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    >
      <path d={paths[name]} />
    </svg>
  )
}
