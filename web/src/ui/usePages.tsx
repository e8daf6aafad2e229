import { useState } from 'react';

const pageSize = 25;

// A list that came whole is shown a page at a time.
export function usePages<Item>(items: readonly Item[] | undefined) {
  const [shown, setShown] = useState(pageSize);
  const all = items ?? [];
  return {
    items: all.slice(0, shown),
    more: all.length > shown && (
      <MoreButton label={`Show more of ${all.length}`} onClick={() => setShown(shown + pageSize)} />
    ),
  };
}

export function MoreButton({
  label,
  busy,
  onClick,
}: {
  label: string;
  busy?: boolean;
  onClick: () => void;
}) {
  return (
    <button type="button" className="related-all" disabled={busy} onClick={onClick}>
      {busy ? 'Loading…' : label}
    </button>
  );
}
