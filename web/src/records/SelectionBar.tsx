import type { ObjectModel } from '../api/types';
import { Icon } from '../ui/Icon';
import { Kbd } from '../ui/States';

interface SelectionBarProps {
  object: ObjectModel;
  count: number;
  onMerge: () => void;
  onClear: () => void;
}

// What can be done with the rows that are selected.
export function SelectionBar({ object, count, onMerge, onClear }: SelectionBarProps) {
  const what = count === 1 ? object.label : object.label_plural;
  return (
    <section className="selection-bar" aria-label="Selection">
      <output className="grow">
        {count} {what.toLowerCase()} selected
      </output>
      <button type="button" className="button small" onClick={onMerge}>
        Merge… <Kbd>m</Kbd>
      </button>
      <button type="button" className="button quiet small" onClick={onClear}>
        <Icon name="close" size={12} /> Clear
      </button>
    </section>
  );
}
