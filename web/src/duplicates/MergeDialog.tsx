import { lazy, Suspense } from 'react';
import type { CrmRecord, ObjectModel } from '../api/types';
import { Dialog } from '../ui/Dialog';
import { SkeletonLines } from '../ui/States';

export interface MergeProps {
  object: ObjectModel;
  // What is to become one record; the first one stays unless somebody says otherwise.
  ids: readonly string[];
  onMerged: (winner: CrmRecord) => void;
  onClose: () => void;
}

// Few people merge on a day: the form comes when it is asked for.
const MergeForm = lazy(() => import('./MergeForm'));

export function MergeDialog({ open, ...merge }: MergeProps & { open: boolean }) {
  return (
    <Dialog
      title={`Merge ${merge.object.label_plural.toLowerCase()}`}
      wide
      open={open}
      onClose={merge.onClose}
    >
      <Suspense
        fallback={
          <div className="dialog-body">
            <SkeletonLines count={4} label="Loading" />
          </div>
        }
      >
        {open && <MergeForm {...merge} />}
      </Suspense>
    </Dialog>
  );
}
