import { Link } from '@tanstack/react-router';
import { useModel } from '../api/queries';
import { useRestore, useTrash } from '../api/sales';
import type { TrashItem } from '../api/types';
import { formatAgo, formatInstant } from '../model/format';
import { Icon, iconFor } from '../ui/Icon';
import { Empty, Failure, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import { usePageTitle } from '../ui/usePageTitle';
import { useEditor } from './Editor';

// What was deleted in the last 30 days, and the way back.
export function TrashPage() {
  usePageTitle('Trash');
  const trash = useTrash();
  const items = trash.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="list-page">
      <header className="page-head">
        <Icon name="trash" size={20} />
        <h1>Trash</h1>
        <span className="muted">Deleted records can be restored for 30 days.</span>
      </header>
      {trash.isError ? (
        <Failure error={trash.error} onRetry={() => void trash.refetch()} />
      ) : trash.isPending ? (
        <SkeletonLines count={6} label="Loading the trash" />
      ) : items.length === 0 ? (
        <Empty icon="trash" title="The trash is empty">
          <span>What you delete waits here for 30 days.</span>
        </Empty>
      ) : (
        <div className="plain-table">
          <table>
            <thead>
              <tr>
                <th>Record</th>
                <th>Object</th>
                <th>Deleted</th>
                <th>By</th>
                <th>
                  <span className="visually-hidden">Restore</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <TrashRow key={`${item.object}-${item.id}-${item.deleted_at}`} item={item} />
              ))}
            </tbody>
          </table>
          {trash.hasNextPage && (
            <button
              type="button"
              className="related-all"
              onClick={() => void trash.fetchNextPage()}
            >
              Show earlier
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function TrashRow({ item }: { item: TrashItem }) {
  const object = useModel().find((candidate) => candidate.name === item.object);
  const restore = useRestore();
  const { canWrite } = useEditor();
  const toast = useToast();
  const back = () =>
    restore.mutate(item, {
      onSuccess: (restored) =>
        toast(
          <>
            Restored
            {object && (
              <Link to="/$plural/$id" params={{ plural: object.plural, id: item.id }}>
                {restored.title}
              </Link>
            )}
          </>,
        ),
    });
  return (
    <tr>
      <td>
        <span className="cell-title">{item.title}</span>
        {restore.error && (
          <div className="field-error" role="alert">
            {restore.error.message}
          </div>
        )}
      </td>
      <td>
        <Icon name={iconFor(item.object)} size={14} /> {object?.label ?? item.object}
      </td>
      <td title={formatInstant(item.deleted_at)}>{formatAgo(item.deleted_at, new Date())}</td>
      <td>{item.deleted_by.name}</td>
      <td className="right">
        {item.merged_into && object ? (
          <Link to="/$plural/$id" params={{ plural: object.plural, id: item.merged_into }}>
            Merged
          </Link>
        ) : (
          canWrite && (
            <button
              type="button"
              className="button small"
              disabled={restore.isPending}
              onClick={back}
              aria-label={`Restore ${item.title}`}
            >
              Restore
            </button>
          )
        )}
      </td>
    </tr>
  );
}
