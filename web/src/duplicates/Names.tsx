import { Link } from '@tanstack/react-router';
import type { Lookalike } from '../api/lookalikes';
import type { ObjectModel } from '../api/types';

interface NamesProps {
  object: ObjectModel;
  lookalikes: readonly Lookalike[];
  // Where leaving the page would lose what was typed.
  newTab?: boolean;
}

// "Acme, Acme Inc and a record you cannot see", with links to those that can be seen.
export function Names({ object, lookalikes, newTab }: NamesProps) {
  return lookalikes.map((each, index) => (
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
  ));
}
