import { useLocation, useNavigate } from '@tanstack/react-router';
import { createContext, useContext, useState } from 'react';
import { useDuplicates, useMayMerge } from '../api/duplicates';
import type { CrmRecord, ObjectModel } from '../api/types';
import { titleOf } from '../model/format';
import { Icon } from '../ui/Icon';
import { MergeDialog } from './MergeDialog';
import { Names } from './Names';

// A record that was just created and looks like others, and the path at which that is said.
export interface LooksLike {
  object: ObjectModel;
  record: CrmRecord;
  at: string;
}

interface Banner {
  looksLike: LooksLike | undefined;
  dismiss: () => void;
}

export const LooksLikeContext = createContext<Banner>({
  looksLike: undefined,
  dismiss: () => {},
});

// Stands above the page until somebody has decided, or gone elsewhere.
export function LooksLikeBanner() {
  const { looksLike } = useContext(LooksLikeContext);
  const { pathname } = useLocation();
  if (!looksLike || pathname !== looksLike.at) return null;
  return <Shown key={looksLike.record.id} {...looksLike} />;
}

function Shown({ object, record }: LooksLike) {
  const { dismiss } = useContext(LooksLikeContext);
  const duplicates = useDuplicates(object, record.id).data ?? [];
  const mayMerge = useMayMerge(object);
  const navigate = useNavigate();
  const [merging, setMerging] = useState(false);
  const seen = duplicates.flatMap((each) => (each.id === null ? [] : [each.id]));
  if (duplicates.length === 0) return null;
  return (
    <div className="looks-like" role="status">
      <Icon name="copy" />
      <span className="grow">
        {titleOf(object, record)} looks like{' '}
        <Names
          object={object}
          max={4}
          lookalikes={duplicates.map(({ id, title }) => (id ? { id, title } : { title }))}
        />
        .
      </span>
      {mayMerge && seen.length > 0 && (
        <button type="button" className="button small" onClick={() => setMerging(true)}>
          Compare and merge…
        </button>
      )}
      <button type="button" className="button small" onClick={dismiss}>
        Keep both
      </button>
      <MergeDialog
        object={object}
        ids={[...seen, record.id]}
        open={merging}
        onClose={() => setMerging(false)}
        onMerged={(winner) => {
          setMerging(false);
          dismiss();
          void navigate({
            to: '/$plural/$id',
            params: { plural: object.plural, id: winner.id },
            replace: true,
          });
        }}
      />
    </div>
  );
}
