// Line icons drawn on a 20 × 20 grid, as path data so that one component serves them all.
const paths = {
  account:
    'M4 17V4.5h7V17M11 8.5h5V17M2.5 17h15M6.5 7.5h2M6.5 10.5h2M6.5 13.5h2M13.5 11.5h.5M13.5 14h.5',
  contact:
    'M10 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM3.8 17c.5-3.4 2.9-5.2 6.2-5.2s5.7 1.8 6.2 5.2',
  lead: 'M10 17a7 7 0 1 1 7-7M10 13.2A3.2 3.2 0 1 1 13.2 10M10 10l6.5-6.5M13.5 3.3v3.2h3.2',
  opportunity: 'M3 14.5 7.8 9.6l3 3L17 6M12.5 5.8H17v4.5',
  product: 'm10 2.8 6.5 3.5v7.4L10 17.2l-6.5-3.5V6.3L10 2.8ZM3.7 6.4 10 9.9l6.3-3.5M10 9.9v7.2',
  activity:
    'M6.5 3.5h7M5 4.8h10a1.2 1.2 0 0 1 1.2 1.2v9.8A1.2 1.2 0 0 1 15 17H5a1.2 1.2 0 0 1-1.2-1.2V6A1.2 1.2 0 0 1 5 4.8ZM7 11l2.2 2.2L13.2 9',
  territory: 'M7.5 4 3 5.8v10.7l4.5-1.8 5 1.8 4.5-1.8V4l-4.5 1.8L7.5 4ZM7.5 4v10.7M12.5 5.8v10.7',
  user: 'M4.2 3.5h11.6a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4.2a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM10 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6.3 14c.4-1.6 1.8-2.4 3.7-2.4s3.3.8 3.7 2.4',
  object: 'M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z',
  assistant:
    'M10 2.8c.6 3.9 2.3 5.6 6.2 6.2-3.9.6-5.6 2.3-6.2 6.2-.6-3.9-2.3-5.6-6.2-6.2 3.9-.6 5.6-2.3 6.2-6.2ZM15.8 13.5v3.6M14 15.3h3.6',
  settings:
    'M3 6h7M14 6h3M3 14h3M10 14h7M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  search: 'M8.8 14.6a5.8 5.8 0 1 0 0-11.6 5.8 5.8 0 0 0 0 11.6ZM13 13l4 4',
  plus: 'M10 4v12M4 10h12',
  close: 'm5 5 10 10M15 5 5 15',
  check: 'm4 10.5 4 4 8-9',
  edit: 'M12.5 4.5l3 3M4 16l.8-3.7 8.5-8.5a1.4 1.4 0 0 1 2 0l.9.9a1.4 1.4 0 0 1 0 2l-8.5 8.5L4 16Z',
  trash: 'M3.5 5.5h13M8 5.5V3.5h4v2M5.2 5.5l.7 11h8.2l.7-11M8.5 8.5v5M11.5 8.5v5',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  filter: 'M3 5h14M5.5 10h9M8 15h4',
  columns: 'M3.5 4h13v12h-13zM8 4v12M12 4v12',
  up: 'M10 16V4.5M5.5 9 10 4.5 14.5 9',
  down: 'M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5',
  right: 'm8 5 5 5-5 5',
  'chevron-down': 'm5 8 5 5 5-5',
  reload: 'M16 10a6 6 0 1 1-1.8-4.3M16.2 3v3.3h-3.3',
  download: 'M10 3.5v9M6 9l4 4 4-4M3.5 16.5h13',
  board: 'M3.5 4h3.6v12H3.5zM8.2 4h3.6v8H8.2zM12.9 4h3.6v10h-3.6z',
  quote: 'M5 3.5h7l3 3v10H5zM12 3.5v3h3M7.5 10h5M7.5 13h5',
  case: 'M3 7h14v9.5H3zM7.5 7V4h5v3M3 11.5h14',
  campaign: 'M3.5 8.5v3l3 .4 8 3.6v-11l-8 3.6-3 .4ZM6.5 12l1 4.5h2L8.5 12.6',
  copy: 'M7.5 7.5h8.5v8.5H7.5zM4 12.5V4h8.5',
  alert: 'M10 3 2.8 16.2h14.4L10 3ZM10 8v4M10 14.2v.1',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.2v4.3M10 6.5v.1',
  call: 'M4 4.5c0 6.6 4.9 11.5 11.5 11.5l1-3.2-3.3-1.6-1.7 1.5c-1.7-.8-3.4-2.5-4.2-4.2l1.5-1.7L7.2 3.5 4 4.5Z',
  note: 'M5 3.5h10v9L11.5 16.5H5zM11.5 16.3v-3.8H15M7.5 7h5M7.5 10h3',
  meeting: 'M4 5h12v11.5H4zM4 8.5h12M7 3v3.5M13 3v3.5M7 12h2.5',
  email: 'M3 5h14v10.5H3zM3.3 5.5 10 10.8l6.7-5.3',
  task: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7 10.2l2.2 2.2 4-4.4',
  history: 'M3.8 6.5A7 7 0 1 1 3 10M3.5 3.2v3.5H7M10 6.5V10l2.5 1.8',
  'sign-out': 'M8 3.5H4v13h4M8.5 10h8M13.5 6.8 16.7 10l-3.2 3.2',
  keyboard: 'M2.5 5.5h15v9h-15zM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 11.7h7',
  stop: 'M5.5 5.5h9v9h-9z',
  send: 'M10 16V4.5M5 9.3l5-4.8 5 4.8',
  link: 'M8.5 11.5a3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-3 3a3 3 0 0 0 4.2 4.2l1-1',
  expand: 'M11.5 3.5h5v5M16.3 3.7 11 9M8.5 16.5h-5v-5M3.7 16.3 9 11',
  cloud: 'M6 15.5a3.5 3.5 0 0 1-.4-7A5 5 0 0 1 15.2 9.5a3 3 0 0 1-.7 6M4 3.5l12.5 13.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.6 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}

// The icon of an object or an activity type; objects without one of their own share a plain one.
export function iconFor(name: string): IconName {
  return name in paths ? (name as IconName) : 'object';
}
