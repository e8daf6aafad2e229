import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { type Fields, useSession } from '../api/queries';
import type { CrmRecord, ObjectModel } from '../api/types';
import { type LooksLike, LooksLikeContext } from '../duplicates/LooksLikeBanner';
import { titleOf } from '../model/format';
import { Dialog } from '../ui/Dialog';
import { useToast } from '../ui/Toasts';
import { RecordForm } from './RecordForm';

export interface CreateOptions {
  defaults?: Fields;
  // Titles of the related records among the defaults, by field.
  titles?: Record<string, string>;
  // Stay where we are instead of opening the new record.
  stay?: boolean;
}

interface Editor {
  create: (object: ObjectModel, options?: CreateOptions) => void;
  edit: (object: ObjectModel, record: CrmRecord) => void;
  canWrite: boolean;
}

type Target = { object: ObjectModel; record?: CrmRecord; options: CreateOptions };

const EditorContext = createContext<Editor | null>(null);

// The one create/edit dialog, reachable from every page.
export function EditorProvider({ children }: { children: ReactNode }) {
  const [target, setTarget] = useState<Target>();
  const [looksLike, setLooksLike] = useState<LooksLike>();
  const { permissions } = useSession();
  const canWrite = Object.values(permissions.objects).some(
    ({ create: creates, update }) => creates || update !== 'none',
  );
  const navigate = useNavigate();
  const toast = useToast();
  const { pathname } = useLocation();

  const create = useCallback(
    (object: ObjectModel, options: CreateOptions = {}) => setTarget({ object, options }),
    [],
  );
  const edit = useCallback(
    (object: ObjectModel, record: CrmRecord) => setTarget({ object, record, options: {} }),
    [],
  );
  const editor = useMemo(() => ({ create, edit, canWrite }), [create, edit, canWrite]);
  const banner = useMemo(
    () => ({ looksLike, dismiss: () => setLooksLike(undefined) }),
    [looksLike],
  );

  const onSaved = (saved: CrmRecord, lookalikes: string[]) => {
    if (!target) return;
    const { object, record, options } = target;
    setTarget(undefined);
    const params = { plural: object.plural, id: saved.id };
    if (lookalikes.length > 0) {
      const at = options.stay ? pathname : `/${params.plural}/${params.id}`;
      setLooksLike({ object, record: saved, at });
    }
    if (record) {
      toast('Saved');
    } else if (options.stay) {
      toast(
        <>
          {object.label} created
          <Link to="/$plural/$id" params={params}>
            {titleOf(object, saved)}
          </Link>
        </>,
      );
    } else {
      toast(`${object.label} created`);
      void navigate({ to: '/$plural/$id', params });
    }
  };

  return (
    <EditorContext.Provider value={editor}>
      <LooksLikeContext.Provider value={banner}>{children}</LooksLikeContext.Provider>
      <Dialog
        title={
          target?.record
            ? `Edit ${titleOf(target.object, target.record)}`
            : `New ${target?.object.label.toLowerCase() ?? ''}`
        }
        open={target !== undefined}
        onClose={() => setTarget(undefined)}
      >
        {target && (
          <RecordForm
            key={target.record?.id ?? 'new'}
            object={target.object}
            record={target.record}
            defaults={target.options.defaults}
            titles={target.options.titles}
            onSaved={onSaved}
            onCancel={() => setTarget(undefined)}
          />
        )}
      </Dialog>
    </EditorContext.Provider>
  );
}

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error('useEditor needs an EditorProvider above it.');
  return editor;
}
