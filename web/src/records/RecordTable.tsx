import { Link } from '@tanstack/react-router';
import { type ColumnDef, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Order } from '../api/filter';
import { useSession } from '../api/queries';
import type { CrmRecord, Field, ObjectModel } from '../api/types';
import { titleOf } from '../model/format';
import { columnWidth, isRightAligned, isSortable } from '../model/layout';
import { Icon } from '../ui/Icon';
import { useShortcuts } from '../ui/shortcuts';
import { FieldText } from './Cell';

interface RecordTableProps {
  memoryKey: string;
  object: ObjectModel;
  columns: Field[];
  rows: CrmRecord[];
  total: number | undefined;
  loading: boolean;
  stale: boolean;
  hasMore: boolean;
  loadMore: () => void;
  order: Order | undefined;
  onOrder: (field: string) => void;
  onOpen: (record: CrmRecord) => void;
  // Rows that are selected, where rows can be.
  selection?: Selection;
}

export interface Selection {
  ids: readonly string[];
  toggle: (id: string) => void;
}

const rowHeightPx = 34;
const skeletonRows = 14;
const rowsPerPage = 15;
const features = tableFeatures({});

// Where each list was left, so that coming back from a record finds the same row. Kept for the
// life of the page only.
const places = new Map<string, { active: number; top: number }>();

// A list as a virtual grid: only the rows in view exist, the next page is fetched as the end comes
// near, and one row is active for the keyboard.
export function RecordTable(props: RecordTableProps) {
  const { object, rows, hasMore, loadMore, memoryKey } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(() => places.get(memoryKey)?.active ?? 0);
  const table = useTable({
    features,
    columns: useColumnDefs(object, props.columns, props.selection),
    data: rows,
    getRowId: (row) => row.id,
  });
  const models = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: models.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => models[index]?.id ?? index,
    overscan: 12,
    initialOffset: places.get(memoryKey)?.top ?? 0,
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastShown >= models.length - 30) loadMore();
  }, [hasMore, lastShown, models.length, loadMore]);
  useRememberedPlace(memoryKey, active, scroller);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(models.length - 1, to));
    setActive(next);
    virtualizer.scrollToIndex(next, { align: 'auto' });
  };
  const withActive = (action: ((record: CrmRecord) => void) | undefined) => () => {
    const row = rows[active];
    if (row) action?.(row);
  };
  const { selection } = props;
  useGridKeys(active, models.length, move, {
    open: withActive(props.onOpen),
    select: withActive(selection && ((record) => selection.toggle(record.id))),
  });
  const activeRow = models[active];

  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are virtual and laid out as a grid
    <div
      ref={scroller}
      role="grid"
      className={props.stale ? 'grid stale' : 'grid'}
      aria-label={object.label_plural}
      aria-rowcount={(props.total ?? models.length) + 1}
      aria-busy={props.loading || props.stale}
      aria-multiselectable={selection ? true : undefined}
      aria-activedescendant={activeRow ? `row-${activeRow.id}` : undefined}
      tabIndex={0}
      style={columnSizes(props.columns)}
    >
      <GridHead {...props} />
      {props.loading ? (
        <SkeletonRows columns={props.columns.length} />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: see above
        <div role="rowgroup" className="grid-body" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = models[item.index];
            if (!row) return null;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys
              // biome-ignore lint/a11y/useSemanticElements: see above
              <div
                key={item.key}
                id={`row-${row.id}`}
                role="row"
                aria-rowindex={item.index + 2}
                // What is selected, where rows can be; the active row is told by the grid.
                aria-selected={selection ? selection.ids.includes(row.id) : item.index === active}
                tabIndex={-1}
                className={item.index === active ? 'grid-row active' : 'grid-row'}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  setActive(item.index);
                  // A click on a link or a box inside is for that.
                  if ((event.target as Element).closest('a, label')) return;
                  props.onOpen(row.original);
                }}
              >
                {row.getAllCells().map((cell, index) => (
                  // biome-ignore lint/a11y/useSemanticElements: see above
                  <div
                    key={cell.id}
                    role="gridcell"
                    tabIndex={-1}
                    className={cellClass(props.columns[index])}
                  >
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}

function useGridKeys(
  active: number,
  count: number,
  move: (to: number) => void,
  actions: { open: () => void; select: () => void },
) {
  useShortcuts(
    {
      j: () => move(active + 1),
      k: () => move(active - 1),
      ArrowDown: () => move(active + 1),
      ArrowUp: () => move(active - 1),
      Home: () => move(0),
      End: () => move(count - 1),
      PageDown: () => move(active + rowsPerPage),
      PageUp: () => move(active - rowsPerPage),
      Enter: actions.open,
      x: actions.select,
    },
    '#main',
  );
}

// One set of column tracks for the head and every row, and the width below which the list scrolls
// sideways instead of squeezing.
function columnSizes(columns: readonly Field[]): React.CSSProperties {
  const widths = columns.map((field, index) => columnWidth(field, index === 0));
  const tracks = widths.map((width, index) => `minmax(${width}px, ${index === 0 ? 1.6 : 1}fr)`);
  const total = widths.reduce((sum, width) => sum + width, 0);
  return { '--columns': tracks.join(' '), '--width': `${total}px` } as React.CSSProperties;
}

function cellClass(field: Field | undefined): string {
  return field && isRightAligned(field) ? 'cell right' : 'cell';
}

function useColumnDefs(object: ObjectModel, columns: Field[], selection?: Selection) {
  const { currency } = useSession().workspace;
  return useMemo<ColumnDef<typeof features, CrmRecord>[]>(
    () =>
      columns.map((field, index) => ({
        id: field.name,
        header: field.label,
        cell: ({ row }) =>
          index === 0 ? (
            <TitleCell object={object} record={row.original} selection={selection} />
          ) : (
            <FieldText
              field={field}
              record={row.original}
              context={{ currency, whole: true }}
              tabIndex={-1}
            />
          ),
      })),
    [object, columns, currency, selection],
  );
}

interface TitleCellProps {
  object: ObjectModel;
  record: CrmRecord;
  selection?: Selection;
}

// The title leads to the record. In front of it, where rows can be selected, a box for the mouse: the
// keyboard's is `x`.
function TitleCell({ object, record, selection }: TitleCellProps) {
  const title = titleOf(object, record);
  return (
    <>
      {selection && (
        <label className="row-select">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select ${title}`}
            checked={selection.ids.includes(record.id)}
            onChange={() => selection.toggle(record.id)}
          />
        </label>
      )}
      <Link
        to="/$plural/$id"
        params={{ plural: object.plural, id: record.id }}
        className="cell-title"
        tabIndex={-1}
      >
        {title}
      </Link>
    </>
  );
}

function GridHead({ columns, order, onOrder }: RecordTableProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the virtual grid
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons take the focus
    <div role="row" className="grid-head" aria-rowindex={1}>
      {columns.map((field) => {
        const sorted = order?.field === field.name ? order : undefined;
        return (
          // biome-ignore lint/a11y/useSemanticElements: part of the virtual grid
          // biome-ignore lint/a11y/useFocusableInteractive: its button takes the focus
          <div
            key={field.name}
            role="columnheader"
            className={cellClass(field)}
            aria-sort={sorted ? (sorted.descending ? 'descending' : 'ascending') : undefined}
          >
            {isSortable(field) ? (
              <button type="button" className="sort" onClick={() => onOrder(field.name)}>
                {field.label}
                {sorted && <Icon name={sorted.descending ? 'down' : 'up'} size={12} />}
              </button>
            ) : (
              field.label
            )}
          </div>
        );
      })}
    </div>
  );
}

function SkeletonRows({ columns }: { columns: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: skeletonRows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are interchangeable
        <div key={row} className="grid-row static">
          {Array.from({ length: columns }, (_, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines are interchangeable
            <div key={column} className="cell">
              <span
                className="skeleton"
                style={{ width: `${45 + ((row * 7 + column * 13) % 40)}%` }}
              />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

function useRememberedPlace(
  key: string,
  active: number,
  scroller: React.RefObject<HTMLDivElement | null>,
) {
  useLayoutEffect(() => {
    const element = scroller.current;
    return () => {
      places.set(key, { active, top: element?.scrollTop ?? 0 });
    };
  }, [key, active, scroller]);
}
