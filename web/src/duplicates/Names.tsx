import { Link } from '@tanstack/react-router';
import type { Lookalike } from '../api/lookalikes';
import type { ObjectModel } from '../api/types';

interface NamesProps {
  object: ObjectModel;
  lookalikes: readonly Lookalike[];
  // Where leaving the page would lose what was typed.
  newTab?: boolean;
  // More than that many are only counted.
  max?: number;
}

// "Acme, Acme Inc and a record you cannot see", with links to those that can be seen.
export function Names({ object, lookalikes, newTab, max = lookalikes.length }: NamesProps) {
  const shown = lookalikes.length > max ? lookalikes.slice(0, max - 1) : lookalikes;
  const counted = lookalikes.length - shown.length;
  return (
    <>
      {shown.map((each, index) => (
        <span key={each.id ?? each.title}>
          {index > 0 && (index === lookalikes.length - 1 ? ' and ' : ', ')}
          {each.id ? (
            <Link
              to="/$plural/$id"
              params={{ plural: object.plural, id: each.id }}
              target={newTab ? '_blank' : undefined}
            >
              {each.title}
            </Link>
          ) : (
            each.title
          )}
        </span>
      ))}
      {counted > 0 && ` and ${counted} others`}
    </>
  );
}
